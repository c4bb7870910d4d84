import { ServerStartError } from '../errors/server-start.error.js';
import { NodeFactory } from './node-factory.js';
import type { LocalSentinelOptions } from '../config/options.js';

const ATTEMPTS = 5;

/**
 * Runs `build` with a fresh {@link NodeFactory}. If it fails, everything made is ended before the error goes
 * on; if it failed because another process took one of the ports in between, it is run again with other
 * ports, up to five times.
 */
export async function startAttempts<T>(options: LocalSentinelOptions, build: (factory: NodeFactory) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const factory = await NodeFactory.create(options);
    try {
      return await build(factory);
    } catch (error) {
      await factory.close();
      if (error instanceof ServerStartError && error.portTaken && attempt < ATTEMPTS) continue;
      throw error;
    }
  }
}
