import type { ExecutionContext } from '@nestjs/common';

/** The key of the whole list. */
export const LIST_KEY = 'products';

/** The key of one product. */
export function productKey(id: number | string): string {
  return `product:${id}`;
}

/**
 * A key per :id for `@CacheKey`: with one fixed name, the first product asked for would be everybody's
 * answer. What is no id has no key, and is not cached.
 */
export function productKeyOf(context: ExecutionContext): string | undefined {
  const id = idOf(context);
  return id === undefined ? undefined : productKey(id);
}

/** All keys that the answer to this request can be stored under. */
export function keysOf(context: ExecutionContext): string[] {
  return [LIST_KEY, productKeyOf(context)].filter((key) => key !== undefined);
}

function idOf(context: ExecutionContext): string | undefined {
  const { id } = context.switchToHttp().getRequest<{ params: { id?: string } }>().params;
  return id !== undefined && /^[1-9]\d{0,8}$/.test(id) ? id : undefined;
}
