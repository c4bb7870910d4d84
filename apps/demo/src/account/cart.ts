import type { Product } from '../catalogue/product-database.service.js';

/** What a session holds under `cart`: plain enough for Django to read it too. */
export type Cart = readonly CartLine[];

export interface CartLine {
  readonly product: number;
  readonly quantity: number;
}

/** A line as a person sees it. */
export interface CartRow extends CartLine {
  /** Undefined: it is not sold any more. */
  readonly name: string | undefined;
  readonly price: number;
}

const MOST_LINES = 50;
const MOST_OF_ONE = 99;

/** One more of it. What is full stays as it is. */
export function withOneMore(cart: Cart, product: number): Cart {
  if (cart.some((line) => line.product === product)) {
    const more = (line: CartLine): CartLine => ({ product, quantity: Math.min(MOST_OF_ONE, line.quantity + 1) });
    return cart.map((line) => (line.product === product ? more(line) : line));
  }
  return cart.length < MOST_LINES ? [...cart, { product, quantity: 1 }] : cart;
}

/** None of it. */
export function without(cart: Cart, product: number): Cart {
  return cart.filter((line) => line.product !== product);
}

/** With the names and prices of now; what is not sold any more costs nothing. */
export function toRows(cart: Cart, products: readonly Product[]): CartRow[] {
  return cart.map(({ product, quantity }) => {
    const known = products.find(({ id }) => id === product);
    return { product, quantity, name: known?.name, price: known?.price ?? 0 };
  });
}

export function totalOf(rows: readonly CartRow[]): number {
  return rows.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}
