import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import type { LocalNode, NodeRole, RestartOptions } from '../node/local-node.js';
import type { CommandArgument } from '../node/node-connection.js';
import type { NodeFactory } from '../node/node-factory.js';

/**
 * A running standalone Redis, with plain replicas if asked for. It can be handled as its node can:
 * `redis.kill()` is `redis.primary.kill()`.
 */
export class LocalRedis {
  /** The node itself. */
  readonly primary: LocalNode;
  /** Its plain replicas. */
  readonly replicas: readonly LocalNode[];
  /** Path of the socket file; undefined without the option `unixSocket`. */
  readonly socketPath: string | undefined;
  /** Password of the nodes, if any. */
  readonly password: string | undefined;
  /** Name of the ACL user, if asked for. */
  readonly username: string | undefined;
  readonly #factory: NodeFactory;
  #stopping: Promise<void> | undefined;

  /** @internal */
  constructor(parts: {
    factory: NodeFactory;
    primary: LocalNode;
    replicas: readonly LocalNode[];
    socketPath: string | undefined;
    password: string | undefined;
    username: string | undefined;
  }) {
    this.primary = parts.primary;
    this.replicas = parts.replicas;
    this.socketPath = parts.socketPath;
    this.password = parts.password;
    this.username = parts.username;
    this.#factory = parts.factory;
  }

  /** Returns `redis://user:password@127.0.0.1:port/database`. */
  url(database = 0): string {
    return `redis://${this.#credentials()}${this.primary.address}/${database}`;
  }

  /**
   * Returns `unix://user:password@/path/of/the.sock?db=database`, as redis-py reads it. Throws
   * `LOCAL_SENTINEL_INVALID_OPTION` without the option `unixSocket`.
   */
  unixUrl(database = 0): string {
    if (this.socketPath === undefined) {
      throw new LocalSentinelError(
        'LOCAL_SENTINEL_INVALID_OPTION',
        'unixSocket: expected true for unixUrl(), got false. Start with { unixSocket: true }.',
      );
    }
    return `unix://${this.#credentials()}${this.socketPath}?db=${database}`;
  }

  /** Temporary folder with the configuration, log and data of each node; gone after {@link stop}. */
  get folder(): string {
    return this.#factory.folder;
  }

  /** All nodes: the primary, then the replicas. */
  get nodes(): LocalNode[] {
    return [this.primary, ...this.replicas];
  }

  /** As {@link LocalNode.host}. */
  get host(): string {
    return this.primary.host;
  }

  /** As {@link LocalNode.port}. */
  get port(): number {
    return this.primary.port;
  }

  /** As {@link LocalNode.pid}. */
  get pid(): number | undefined {
    return this.primary.pid;
  }

  /** As {@link LocalNode.role}. */
  get role(): NodeRole {
    return this.primary.role;
  }

  /** As {@link LocalNode.isRunning}. */
  get isRunning(): boolean {
    return this.primary.isRunning;
  }

  /** As {@link LocalNode.command}. */
  async command(...args: readonly CommandArgument[]): Promise<unknown> {
    return this.primary.command(...args);
  }

  /** As {@link LocalNode.kill}. */
  async kill(): Promise<void> {
    await this.primary.kill();
  }

  /** As {@link LocalNode.shutdown}. */
  async shutdown(): Promise<void> {
    await this.primary.shutdown();
  }

  /** As {@link LocalNode.restart}. */
  async restart(options?: RestartOptions): Promise<void> {
    await this.primary.restart(options);
  }

  /** As {@link LocalNode.hang}. */
  async hang(): Promise<void> {
    await this.primary.hang();
  }

  /** As {@link LocalNode.resume}. */
  async resume(): Promise<void> {
    await this.primary.resume();
  }

  /** Kills every process, removes the folder and ends the watchdog. May be called again. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#factory.close();
    await this.#stopping;
  }

  #credentials(): string {
    if (this.password === undefined && this.username === undefined) return '';
    return `${encodeURIComponent(this.username ?? '')}:${encodeURIComponent(this.password ?? '')}@`;
  }
}
