import type { CommandSender } from '../../connection/contract/redis-client.js';
import type { RedisScan } from './redis-scan.js';
import { sendCall } from './send-call.js';
import type { CallOptions } from '../port/call-options.js';
import type { StructureCommand, StructureScan, StructureStore } from '../port/structure-store.js';

/** Sets, hashes and sorted sets of Redis, through the gate. */
export class RedisStructures implements StructureStore {
  constructor(
    private readonly client: CommandSender,
    private readonly alias: string,
    private readonly scanner: RedisScan,
  ) {}

  run(command: StructureCommand, options?: CallOptions): Promise<unknown> {
    return sendCall<unknown>(this.client, { alias: this.alias, ...command }, options);
  }

  scan({ name, key, match, ...options }: StructureScan): AsyncIterable<readonly Buffer[]> {
    return this.scanner.walk({ name, before: [key], keys: [key], match }, options);
  }
}
