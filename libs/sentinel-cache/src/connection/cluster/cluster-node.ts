import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { ConnectionConfig } from '../../settings/shapes/resolved-settings.js';
import { DeploymentClient } from '../deployment/deployment-client.js';
import { addressText, type TcpAddress } from '../contract/node-address.js';
import { PING, type CommandSender, type RedisCommand, type SizeTest } from '../contract/redis-client.js';
import type { BreakerState, ClientEvent, ClientState } from '../contract/client-event.js';

/** More than a node ever has. */
const CONNECTIONS = 2 ** 32;
/** How long a node may take to answer a question of ours, in milliseconds. Others are asked at the same time. */
export const ANSWER_MS = 300;

/** One node of a cluster behind a gate of its own: deadline, bounded queue and at most once are the gate's. */
export class ClusterNode implements CommandSender {
  readonly who: string;
  readonly callDeadlineMs: number;
  readonly readsReplicas = false;
  /** Its slots went to others: what waited for it was not executed, and may be asked elsewhere. */
  retired = false;
  lastUsedMs = performance.now();
  /** A connection was asked for. */
  started = false;
  private readonly client: DeploymentClient;

  constructor(
    config: ConnectionConfig,
    readonly address: TcpAddress,
    emit: (event: ClientEvent) => void,
    /** Which node of this client it is, counted from 0: one that was ended and is made anew is another. */
    private readonly ordinal: number,
  ) {
    this.who = addressText(address);
    this.callDeadlineMs = config.callDeadlineMs;
    this.client = new DeploymentClient({ ...config, topology: { kind: 'standalone', primary: address, replicas: [] } }, emit);
  }

  async send(command: RedisCommand): Promise<unknown> {
    this.lastUsedMs = performance.now();
    this.started = true;
    try {
      return await this.client.send(command);
    } catch (error) {
      if (!this.retired || !(error instanceof CacheUnavailableError) || error.reason !== 'closed') throw error;
      const { alias } = command;
      throw new CacheUnavailableError('no-primary', error.executed, `${this.who} has no slots any more.`, {
        alias,
        cause: error,
      });
    }
  }

  /** As `RedisClient.refusal`; what a retired node refuses may be taken elsewhere. */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): ReturnType<CommandSender['refusal']> {
    return this.retired ? undefined : this.client.refusal(write, takesMoreThan);
  }

  /** Begins to connect; returns at once. */
  start(): void {
    this.started = true;
    this.client.start();
  }

  /** Whether it answers now: what it says, a refusal included, does not matter. Never rejects. */
  async answers(): Promise<boolean> {
    const deadlineMs = Math.min(ANSWER_MS, this.callDeadlineMs);
    this.started = true;
    return this.client.send({ ...PING, deadlineMs }).then(
      () => true,
      (error: unknown) => error instanceof CommandRejectedError,
    );
  }

  state(): ClientState {
    return this.client.state();
  }

  breaker(): BreakerState {
    return this.client.breaker();
  }

  /** No other node ever has the same. */
  generation(): number {
    return this.ordinal * CONNECTIONS + this.client.generation();
  }

  /** Ends it; what waits is given back unexecuted, what is in flight gets a moment. */
  async retire(): Promise<void> {
    this.retired = true;
    await this.client.close();
  }

  /** Ends it with the whole client. */
  async close(): Promise<void> {
    await this.client.close();
  }
}
