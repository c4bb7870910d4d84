import type { CacheKey } from '../../keys/format-key.js';
import { printableKey } from '../../errors/printable.js';

/** The call of the cache that a command belongs to. Passed on by reference and read only to word an error. */
export interface Operation {
  /** The cache's method: `incr`. */
  readonly method: string;
  /** The key or keys as the caller wrote them. Left out: errors name the method alone. */
  readonly keys?: CacheKey | readonly CacheKey[];
}

/** What an error says of a command. */
interface DescribedCommand {
  readonly alias?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly name: string;
}

/**
 * Names the call behind a command for an error: `Cache 'default', incr('visits')`; the command's name when
 * there is no operation.
 */
export function describeCommand({ alias, operation, name }: DescribedCommand): string {
  const call = operation ? describeOperation(operation) : name;
  return alias === undefined ? call : `Cache '${alias}', ${call}`;
}

function describeOperation({ method, keys }: Operation): string {
  if (keys === undefined) return method;
  const named = Array.isArray(keys) ? (keys as readonly CacheKey[]) : [keys as CacheKey];
  const [first] = named;
  if (first === undefined) return `${method}()`;
  return `${method}('${printableKey(String(first))}'${named.length === 1 ? '' : ` and ${named.length - 1} more`})`;
}
