import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

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

const QUERY_MS = 400;
const MOST = 1000;

/** Stands for a slow database: each query takes 400 ms and sees the products as they were when it began. */
@Injectable()
export class ProductDatabase {
  /** How often a slow query ran: a cached response does not make it grow. */
  slowReads = 0;
  private readonly startedAs = randomUUID();
  private writes = 0;
  private readonly products = new Map(FIRST_PRODUCTS.map((product) => [product.id, product]));

  /** Another one after each write, and after each start: the products live in this process. */
  get edition(): string {
    return `${this.startedAs}:${this.writes}`;
  }

  async list(): Promise<Product[]> {
    const seen = [...this.products.values()];
    await this.takeTime();
    return seen;
  }

  async find(id: number): Promise<Product> {
    const seen = this.existing(id);
    await this.takeTime();
    return seen;
  }

  insert(input: ProductInput): Product {
    if (this.products.size >= MOST) throw new ConflictException(`The catalogue is full: ${MOST} products.`);
    return this.write({ id: this.products.size + 1, ...input });
  }

  update(id: number, changes: Partial<ProductInput>): Product {
    return this.write({ ...this.existing(id), ...changes });
  }

  private write(product: Product): Product {
    this.products.set(product.id, product);
    this.writes += 1;
    return product;
  }

  private existing(id: number): Product {
    const product = this.products.get(id);
    if (product) return product;
    throw new NotFoundException(`There is no product ${id}.`);
  }

  private async takeTime(): Promise<void> {
    this.slowReads += 1;
    await pause(QUERY_MS);
  }
}
