import { readFile } from 'node:fs/promises';
import { waitUntil } from '../process/deadline.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import { ServerStartError } from '../errors/server-start.error.js';
import { LOOPBACK } from '../process/free-ports.js';
import { NodeConnection, type CommandArgument } from './node-connection.js';
import type { NodeProxy } from '../network/node-proxy.js';
import { NodeProcess, type ProcessRecipe } from '../process/node-process.js';
import type { Address, Endpoint } from '../config/endpoints.js';

/** What a node is at present; `primary` and `replica` change places in a failover. */
export type NodeRole = 'primary' | 'replica' | 'sentinel';

/** What a node is made of. */
export interface NodeRecipe extends ProcessRecipe {
  readonly endpoint: Endpoint;
  readonly role: NodeRole;
  readonly password: string | undefined;
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  /** Commands that it is given each time it has started. */
  readonly afterStart?: readonly (readonly CommandArgument[])[];
}

/** How a node is started again. */
export interface RestartOptions {
  /** False: resolves as soon as the process answers, be it `-LOADING`. Default true. */
  readonly waitForLoading?: boolean;
  /** Directives for this run only, e.g. `{ 'key-load-delay': 1000 }` (microseconds a key). */
  readonly config?: Readonly<Record<string, string | number>>;
}

const COMMAND_DEADLINE_MS = 5000;
const SHUTDOWN_DEADLINE_MS = 15_000;
const LOG_TAIL = 2000;

/** Handle of one real server process on loopback: a Redis or a Sentinel. */
export class LocalNode {
  /** Name within the topology, e.g. `mymaster-0` or `sentinel-2`; it does not change in a failover. */
  readonly name: string;
  /** Always `127.0.0.1`. */
  readonly host = LOOPBACK;
  /**
   * The TCP port that is announced: that of the proxy if there is one, else the server's own. The same over
   * restarts.
   */
  readonly port: number;
  /**
   * The TCP port on which the server process itself listens. Commands of this handle go there, past the proxy
   * and any partition.
   */
  readonly ownPort: number;
  readonly #recipe: NodeRecipe;
  readonly #process: NodeProcess;
  readonly #connection: NodeConnection;
  #role: NodeRole;

  /** @internal Nodes come from startLocalSentinel() and startLocalRedis(). */
  constructor(recipe: NodeRecipe) {
    this.name = recipe.name;
    this.port = recipe.endpoint.announced.port;
    this.ownPort = recipe.endpoint.ownPort;
    this.#role = recipe.role;
    this.#recipe = recipe;
    this.#process = new NodeProcess(recipe);
    this.#connection = new NodeConnection({ host: LOOPBACK, port: this.ownPort, password: recipe.password });
  }

  /** `127.0.0.1:port`, as Sentinel says it. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** What a client dials: {@link address}, except with the option `nat`. */
  get clientAddress(): Address {
    return this.#recipe.endpoint.clientAddress;
  }

  /** The proxy in front of it. Throws `LOCAL_SENTINEL_INVALID_OPTION` without the option `proxies`. */
  get proxy(): NodeProxy {
    const { proxy } = this.#recipe.endpoint;
    if (proxy) return proxy;
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_INVALID_OPTION',
      `${this.name}: expected a proxy, got none. Start with { proxies: true }.`,
    );
  }

  /** True while no other node gets an answer from it, because of its proxy or a partition. */
  get isCutOff(): boolean {
    return this.#recipe.endpoint.proxy?.isClosedToNodes ?? false;
  }

  /** Process id of the present (or last) run; a restart gives a new one. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Role as of the last start, `failover()`, `settled()` or `refresh()` of the topology. */
  get role(): NodeRole {
    return this.#role;
  }

  /** True while the process exists, a hung one included. */
  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** True between {@link hang} and {@link resume}. */
  get isHung(): boolean {
    return this.#process.isHung;
  }

  /**
   * Sends SIGKILL, as a crash: nothing is flushed, sockets are reset. Resolves when the process has ended; at
   * once if it does not run.
   */
  async kill(): Promise<void> {
    this.#connection.drop();
    await this.#process.kill();
  }

  /**
   * Sends SIGTERM, as an orderly stop: data is written, then the process ends (a primary waits for its
   * replicas). A hung node is resumed for it.
   */
  async shutdown(): Promise<void> {
    this.#connection.drop();
    await this.#process.terminate(SHUTDOWN_DEADLINE_MS);
  }

  /**
   * Starts it again on the same port with the same data and the configuration it last wrote itself; a running
   * node is shut down first, a hung one killed. Resolves when it answers and has loaded its data, or does so.
   * Rejects with `ServerStartError` if it does not come up.
   *
   * @example
   * ```ts
   * const slow = { 'key-load-delay': 1000, 'loading-process-events-interval-bytes': 1024 };
   * await node.restart({ waitForLoading: false, config: slow });
   * ```
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    if (this.isHung) await this.kill();
    else await this.shutdown();
    await this.start(undefined, options);
  }

  /**
   * Sends SIGSTOP, as a frozen process: connections stay open and new ones are accepted by the kernel, but
   * nothing is answered. Rejects with `LOCAL_SENTINEL_NODE_DOWN` when the process does not run.
   */
  async hang(): Promise<void> {
    await this.#process.hang();
    this.#connection.drop();
  }

  /**
   * Sends SIGCONT: the process goes on where it stopped, with all that arrived meanwhile. Rejects with
   * `LOCAL_SENTINEL_NODE_DOWN` when the process does not run.
   */
  async resume(): Promise<void> {
    this.#process.resume();
  }

  /**
   * Sends one command, and resolves to the raw reply, over a connection of this handle's own (authenticated,
   * RESP2, text replies), with a deadline of five seconds. Rejects with the error reply (`name` is
   * `ReplyError`), with the connection's error, or with `DeadlineExceededError`. A command is never sent
   * twice.
   *
   * @example await topology.primary.command('SET', 'greeting', 'hello');
   */
  async command(...args: readonly CommandArgument[]): Promise<unknown> {
    return this.#connection.send(args, COMMAND_DEADLINE_MS);
  }

  /** As {@link command}, with a deadline of your own in milliseconds. */
  async commandWithin(deadlineMs: number, ...args: readonly CommandArgument[]): Promise<unknown> {
    return this.#connection.send(args, deadlineMs);
  }

  /** Resolves to the whole text of the server's own log. */
  async log(): Promise<string> {
    return readFile(this.#recipe.logFile, 'utf8');
  }

  /** @internal Starts the process and waits until it is this very process that answers. */
  async start(signal?: AbortSignal, { waitForLoading = true, config = {} }: RestartOptions = {}): Promise<void> {
    await this.#process.start(Object.entries(config).flatMap(([name, value]) => [`--${name}`, String(value)]));
    const deadlineMs = this.#recipe.readyTimeoutMs;
    await waitUntil(() => this.#notReady(waitForLoading), { what: `${this.name} answers`, deadlineMs, intervalMs: 5, signal });
    for (const command of this.#recipe.afterStart ?? []) await this.command(...command);
  }

  /** @internal */
  assumeRole(role: NodeRole): void {
    this.#role = role;
  }

  /** @internal */
  async close(): Promise<void> {
    this.#connection.drop();
    await this.#process.close();
  }

  async #notReady(waitForLoading: boolean): Promise<string[]> {
    if (!this.isRunning) throw new ServerStartError(this.name, 'the process ended before it answered', await this.#logTail());
    try {
      if (waitForLoading) await this.commandWithin(500, 'PING'); // INFO is answered while loading
      const info = String(await this.commandWithin(500, 'INFO', 'server'));
      if (info.includes(`process_id:${this.pid}`)) return [];
      return [`another process answers on port ${this.ownPort}`];
    } catch (error) {
      return [`${this.address} does not answer yet: ${(error as Error).message}`];
    }
  }

  async #logTail(): Promise<string> {
    return this.log().then(
      (text) => text.slice(-LOG_TAIL),
      (error: Error) => `(no log: ${error.message})`,
    );
  }
}
