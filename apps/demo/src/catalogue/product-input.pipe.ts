import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

import type { ProductInput } from './product-database.service.js';

const CHECKS: Readonly<Record<keyof ProductInput, { readonly passes: (value: unknown) => boolean; readonly expected: string }>> =
  {
    name: {
      passes: (value) => typeof value === 'string' && value.trim() === value && value.length >= 1 && value.length <= 100,
      expected: 'text of 1 to 100 characters without blanks around it',
    },
    price: {
      passes: (value) => typeof value === 'number' && value >= 0 && value <= 1_000_000 && /^\d+(\.\d{1,2})?$/.test(String(value)),
      expected: 'a number from 0 to 1000000 with at most two decimals',
    },
  };
const FIELDS = Object.keys(CHECKS) as (keyof ProductInput)[];

/** A body with some fields of a product, each as it should be; 400 names every one that is not. */
@Injectable()
export class ProductChangesPipe implements PipeTransform<unknown, Partial<ProductInput>> {
  transform(body: unknown): Partial<ProductInput> {
    const fields = fieldsOf(body);
    const problems = Object.keys(fields).flatMap((name) => problemOf(name, fields[name]));
    if (Object.keys(fields).length === 0) problems.push(`Give at least one of ${FIELDS.join(', ')}.`);
    if (problems.length > 0) throw new BadRequestException(problems);
    return fields;
  }
}

/** A body with all fields of a product; 400 names every one that is missing or wrong. */
@Injectable()
export class NewProductPipe implements PipeTransform<unknown, ProductInput> {
  transform(body: unknown): ProductInput {
    const fields = fieldsOf(body);
    const names = new Set([...FIELDS, ...Object.keys(fields)]);
    const problems = [...names].flatMap((name) => problemOf(name, fields[name]));
    if (problems.length > 0) throw new BadRequestException(problems);
    return fields as unknown as ProductInput;
  }
}

function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw new BadRequestException(['Send a JSON object such as { "price": 9.5 }, with content-type application/json.']);
}

function problemOf(name: string, value: unknown): string[] {
  if (!Object.hasOwn(CHECKS, name)) return [`${name}: there is no such field. Known are ${FIELDS.join(', ')}.`];
  const { passes, expected } = CHECKS[name as keyof ProductInput];
  if (passes(value)) return [];
  return [`${name}: expected ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)}.`];
}
