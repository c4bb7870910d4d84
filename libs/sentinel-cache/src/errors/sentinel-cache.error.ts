const BRAND = Symbol.for('nestjs-sentinel-cache.error');

/** What an error may carry besides its message. */
export interface SentinelCacheErrorOptions {
  /** The CACHES alias the call went to. */
  readonly alias?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Base of every error this package throws. `code` is stable; messages are prose and may change.
 *
 * `instanceof` holds across duplicate installs and realms: it looks for a brand, not for a constructor.
 */
export class SentinelCacheError extends Error {
  readonly code: string;
  readonly alias: string | undefined;

  constructor(code: string, message: string, options: SentinelCacheErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.alias = options.alias;
    Object.defineProperty(this, BRAND, { value: brandsOf(new.target), enumerable: false });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const brands = (value as Record<symbol, unknown>)[BRAND];
    return Array.isArray(brands) && brands.includes(this.name);
  }
}

function brandsOf(constructor: Function): readonly string[] {
  const names: string[] = [];
  for (let at: Function | null = constructor; at && at !== Error; at = Object.getPrototypeOf(at) as Function | null) {
    if (typeof at.name === 'string' && at.name !== '') names.push(at.name);
  }
  return names;
}
