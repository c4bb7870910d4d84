import { printableKey } from '../../errors/printable.js';

/** The call of the cache that a command belongs to. Passed on by reference and read only to word an error. */
export interface Operation {
  /** The cache's method: `incr`. */
  readonly method: string;
  /** The key or keys as the caller wrote them. Left out: errors name the method alone. */
  readonly keys?: string | readonly string[];
}

/** What an error says of a command. */
interface DescribedCommand {
  readonly alias?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly name: string;
}

/** Names the call behind a command for an error: `Cache 'default', incr('visits')`; the command's name when there is no operation. */
export function describeCommand({ alias, operation, name }: DescribedCommand): string {
  const call = operation ? describeOperation(operation) : name;
  return alias === undefined ? call : `Cache '${alias}', ${call}`;
}

function describeOperation({ method, keys }: Operation): string {
  if (keys === undefined) return method;
  const [first] = typeof keys === 'string' ? [keys] : keys;
  if (first === undefined) return `${method}()`;
  const others = typeof keys === 'string' ? 0 : keys.length - 1;
  return `${method}('${printableKey(first)}'${others === 0 ? '' : ` and ${others} more`})`;
}
