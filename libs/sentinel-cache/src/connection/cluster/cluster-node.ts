import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { DeploymentClient } from '../deployment/deployment-client.js';
import type { ChangeFeed, ChangeLink, ChangeListener } from '../contract/change-feed.js';
import { addressText } from '../contract/node-address.js';
import { PING, type CommandSender, type RedisCommand, type SizeTest } from '../contract/redis-client.js';
import type { BreakerState, ClientEvent, ClientState } from '../contract/client-event.js';
import type { ConnectionConfig, TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** More connections than one node ever has. */
const CONNECTIONS = 2 ** 32;
/**
 * How long a node may take to answer a question of ours, in milliseconds. Others are asked at the same time.
 */
export const ANSWER_MS = 300;

/** One node of a cluster, behind a gate of its own. */
export class ClusterNode implements CommandSender {
  /** `host:port`. */
  readonly label: string;
  readonly callDeadlineMs: number;
  readonly readsReplicas = false;
  /** Its slots went to other nodes. What waited for it was not executed and may go to them. */
  retired = false;
  /** When a command was last sent to it, on the clock of `performance.now()`. */
  lastUsedMs = performance.now();
  /** Whether a connection was asked for. */
  started = false;
  private readonly client: DeploymentClient;
  private changes: ChangeFeed | undefined;

  constructor(
    config: ConnectionConfig,
    readonly address: TcpAddress,
    emit: (event: ClientEvent) => void,
    /**
     * Number of this node among those of its client, from 0. A node that was closed and is made again gets
     * another one.
     */
    private readonly ordinal: number,
  ) {
    this.label = addressText(address);
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
      throw new CacheUnavailableError('no-primary', error.executed, `${this.label} has no slots any more.`, {
        alias,
        cause: error,
      });
    }
  }

  /** As `RedisClient.refusal`. What a retired node would refuse may go to another one. */
  refusal(write: RedisCommand, takesMoreThan: SizeTest): ReturnType<CommandSender['refusal']> {
    return this.retired ? undefined : this.client.refusal(write, takesMoreThan);
  }

  /** As `RedisClient.follow`. */
  follow(prefixes: readonly string[], listener: ChangeListener): void {
    this.changes = this.client.follow(prefixes, listener);
  }

  /** As `ChangeFeed.linkOf`. */
  linkOf(key: string): ChangeLink | undefined {
    return this.changes?.linkOf(key);
  }

  /** Starts to connect. Returns at once. */
  start(): void {
    this.started = true;
    this.client.start();
  }

  /** Resolves to whether it answers within 300 ms; a refusal is an answer. Never rejects. */
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

  /** Changes with each connection, and differs from that of each other node. */
  generation(): number {
    return this.ordinal * CONNECTIONS + this.client.generation();
  }

  /** Closes it. What waits is returned unexecuted; what is in flight gets 250 ms. */
  async retire(): Promise<void> {
    this.retired = true;
    await this.client.close();
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
