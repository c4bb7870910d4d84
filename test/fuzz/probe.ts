import { Redis } from 'ioredis';
import type { LocalNode } from 'local-sentinel';

import { PASSWORD } from './ground.js';

const ANSWER_WITHIN_MS = 250;

/** A connection of the witness' own to one node, past any proxy: what it gives up disturbs nobody else. */
export class Probe {
  private redis: Redis | undefined;

  constructor(private readonly node: LocalNode) {}

  /** The reply; rejects when there is none within a quarter of a second. */
  async ask(name: string, ...args: (string | number)[]): Promise<unknown> {
    this.redis ??= this.connect();
    try {
      return await this.redis.call(name, ...args);
    } catch (error) {
      if ((error as Error).name !== 'ReplyError') this.drop();
      throw error;
    }
  }

  drop(): void {
    this.redis?.disconnect();
    this.redis = undefined;
  }

  private connect(): Redis {
    const { node } = this;
    const redis = new Redis({
      host: node.host,
      port: node.ownPort,
      ...(node.role === 'sentinel' ? {} : { password: PASSWORD }),
      commandTimeout: ANSWER_WITHIN_MS,
      connectTimeout: ANSWER_WITHIN_MS,
      disconnectTimeout: 1,
      retryStrategy: null,
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      disableClientInfo: true,
    });
    // What fails, fails at `ask`.
    redis.on('error', () => undefined);
    return redis;
  }
}
