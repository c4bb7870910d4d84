/** One thing for sale. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: number;
}

/** What a caller may say about it. */
export type ProductInput = Omit<Product, 'id'>;

/** What the shop starts with. */
export const FIRST_PRODUCTS: readonly Product[] = [
  { id: 1, name: 'Kettle', price: 24.5 },
  { id: 2, name: 'Teapot', price: 31 },
  { id: 3, name: 'Cup', price: 6.75 },
  { id: 4, name: 'Spoon', price: 2.2 },
];
