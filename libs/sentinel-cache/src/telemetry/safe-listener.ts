import { printable } from '../errors/printable.js';

/**
 * Returns a function that calls a listener of the user's; what the listener throws becomes a process warning.
 */
export function safeListener<E>(name: string, listener: (event: E) => void): (event: E) => void {
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      warnOfThrown(name, error);
    }
  };
}

/** Emits a process warning (`SentinelCacheWarning`) for what a listener of the user's threw. */
export function warnOfThrown(name: string, error: unknown): void {
  process.emitWarning(printable(`${name} threw: ${String((error as Error)?.message)}`), 'SentinelCacheWarning');
}
