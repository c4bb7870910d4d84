import type { CommandSender } from '../../connection/contract/redis-client.js';
import type { RedisScan } from './redis-scan.js';
import type { CallOptions } from '../port/call-options.js';
import type { StructureCommand, StructureScan, StructureStore } from '../port/structure-store.js';

/** Sets, hashes and sorted sets of Redis, through the gate. */
export class RedisStructures implements StructureStore {
  constructor(
    private readonly client: CommandSender,
    private readonly alias: string,
    private readonly scanner: RedisScan,
  ) {}

  run(command: StructureCommand, { failFast, deadlineMs }: CallOptions = {}): Promise<unknown> {
    return this.client.send({ alias: this.alias, failFast, deadlineMs, ...command });
  }

  scan({ name, key, match, ...options }: StructureScan): AsyncIterable<readonly Buffer[]> {
    return this.scanner.walk({ name, before: [key], keys: [key], match }, options);
  }
}
