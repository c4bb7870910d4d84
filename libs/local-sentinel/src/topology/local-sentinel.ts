import { waitUntil } from '../process/deadline.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import { EventRecording } from '../observe/event-recording.js';
import type { LocalMaster, WaitOptions } from './local-master.js';
import type { LocalNode } from '../node/local-node.js';
import type { ProxyNetwork } from '../network/proxy-network.js';
import type { NodeFactory } from '../node/node-factory.js';
import type { Address } from '../config/endpoints.js';
import { live } from '../observe/settled-check.js';

const SETTLED_DEADLINE_MS = 30_000;

/** A running topology: one or more masters with their replicas, watched by the same sentinels. */
export class LocalSentinel {
  /** The sentinels, running or not. */
  readonly sentinels: readonly LocalNode[];
  /** The masters, in the order of the options. */
  readonly masters: readonly LocalMaster[];
  /** Milliseconds from the call of startLocalSentinel() until everything stood. */
  readonly readyMs: number;
  readonly #factory: NodeFactory;
  readonly #password: string | undefined;
  readonly #sentinelPassword: string | undefined;
  readonly #recordings = new Set<EventRecording>();
  #stopping: Promise<void> | undefined;

  /** @internal */
  constructor(parts: {
    factory: NodeFactory;
    masters: readonly LocalMaster[];
    sentinels: readonly LocalNode[];
    readyMs: number;
    password: string | undefined;
    sentinelPassword: string | undefined;
  }) {
    this.sentinels = parts.sentinels;
    this.masters = parts.masters;
    this.readyMs = parts.readyMs;
    this.#factory = parts.factory;
    this.#password = parts.password;
    this.#sentinelPassword = parts.sentinelPassword;
  }

  /** Primary of the (first) master, as of the last `failover()`, `settled()` or `refresh()`. */
  get primary(): LocalNode {
    return this.master().primary;
  }

  /** Replicas of the (first) master, running or not. */
  get replicas(): LocalNode[] {
    return this.master().replicas;
  }

  /** Every node: those of all masters, then the sentinels. */
  get nodes(): LocalNode[] {
    return [...this.masters.flatMap((master) => master.nodes), ...this.sentinels];
  }

  /** Password of the Redis nodes, if any. */
  get password(): string | undefined {
    return this.#password;
  }

  /** Password of the sentinels, if any. */
  get sentinelPassword(): string | undefined {
    return this.#sentinelPassword;
  }

  /** Temporary folder with the configuration, log and data of each node; gone after {@link stop}. */
  get folder(): string {
    return this.#factory.folder;
  }

  /**
   * Returns the master of that name; the first one without a name. Throws `LOCAL_SENTINEL_INVALID_OPTION` on
   * an unknown name.
   */
  master(name?: string): LocalMaster {
    const found = name === undefined ? this.masters[0] : this.masters.find((master) => master.name === name);
    if (found) return found;
    const known = this.masters.map((master) => `'${master.name}'`).join(', ');
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_INVALID_OPTION',
      `master: expected one of ${known}, got '${String(name)}'. Name one of them, or leave it out.`,
    );
  }

  /** Certificate (PEM) of the throw-away authority; undefined without the option `tls`. */
  get ca(): string | undefined {
    return this.#factory.ca;
  }

  /**
   * Each announced address with what a client has to dial instead, as the option `natMap` of clients reads
   * it. Same addresses without the option `nat`.
   */
  get natMap(): Record<string, Address> {
    return Object.fromEntries(this.nodes.map((node) => [node.address, node.clientAddress]));
  }

  /**
   * Returns the LOCATION that Django's sentinel backends read, with what clients dial:
   * `mymaster/127.0.0.1:p,127.0.0.1:p,127.0.0.1:p/0`.
   */
  location(masterName?: string, database = 0): string {
    const addresses = this.sentinels.map(({ clientAddress: { host, port } }) => `${host}:${port}`);
    return `${this.master(masterName).name}/${addresses.join(',')}/${database}`;
  }

  /**
   * Cuts the nodes off, with what they open themselves: they reach each other only, everybody else (clients,
   * too) neither reaches them nor is reached. Packets vanish, as with a drawn cable; `heal()` puts it back
   * and what was held arrives. Adds to earlier partitions. Throws `LOCAL_SENTINEL_INVALID_OPTION` without the
   * option `proxies`, or where nodes can't be told apart.
   *
   * @example topology.partition(topology.primary); await topology.settled(); // another primary
   */
  partition(...nodes: readonly LocalNode[]): void {
    this.#split(nodes, false);
  }

  /**
   * Cuts the nodes off as {@link partition} does, but clients reach both sides: a split brain, once the side
   * without the nodes has elected a primary of its own.
   *
   * @example topology.splitBrain(topology.primary, topology.sentinels[0]);
   */
  splitBrain(...nodes: readonly LocalNode[]): void {
    this.#split(nodes, true);
  }

  /**
   * Takes the nodes out of every partition; without nodes, ends all partitions. Modes of proxies stay as they
   * are.
   */
  heal(...nodes: readonly LocalNode[]): void {
    const network = this.#network('heal');
    network.partitions.remove((nodes.length > 0 ? nodes : this.nodes).map((node) => node.name));
    network.apply();
  }

  /**
   * Sends SIGSTOP to all of them at once, as when a whole machine freezes. Rejects with
   * `LOCAL_SENTINEL_NODE_DOWN` if one does not run.
   */
  async hangHost(nodes: readonly LocalNode[]): Promise<void> {
    await Promise.all(nodes.map((node) => node.hang()));
  }

  /** Sends SIGCONT to all of them at once. */
  async resumeHost(nodes: readonly LocalNode[]): Promise<void> {
    await Promise.all(nodes.map((node) => node.resume()));
  }

  /**
   * Orders a failover (`SENTINEL FAILOVER`) and waits until all live sentinels announce the new primary and
   * it says that it is one; gives it back. The old primary is turned into a replica by the sentinels some ten
   * seconds later: see {@link settled}. Rejects with `NotSettledError` (default 20 s).
   */
  async failover(masterName?: string, wait?: WaitOptions): Promise<LocalNode> {
    return this.master(masterName).failover(wait);
  }

  /**
   * Waits until nothing is in motion: the live sentinels announce the same, answering primary, see each other
   * and every live replica, have a quorum and have noticed which nodes are down, and every live replica's
   * link to that primary is up. Refreshes {@link primary} and roles. Without a name: of all masters. Rejects
   * with `NotSettledError`, whose `missing` names what was left (default 30 s).
   */
  async settled(masterName?: string, wait: WaitOptions = {}): Promise<void> {
    const masters = masterName === undefined ? this.masters : [this.master(masterName)];
    const missing = async () => (await Promise.all(masters.map((master) => master.settledMissing()))).flat();
    await waitUntil(missing, {
      what: 'a settled topology',
      deadlineMs: wait.timeoutMs ?? SETTLED_DEADLINE_MS,
      signal: wait.signal,
    });
  }

  /** Looks once at the sentinels and refreshes {@link primary} and roles, where all live sentinels agree. */
  async refresh(): Promise<void> {
    await Promise.all(this.masters.map((master) => master.settledMissing()));
  }

  /** Starts to write down every event of every live sentinel; stands before it resolves. */
  async recordEvents(): Promise<EventRecording> {
    const recording = await EventRecording.start(this.sentinels, live(this.sentinels), this.#sentinelPassword);
    this.#recordings.add(recording);
    return recording;
  }

  /**
   * Kills every process, removes the folder and ends the watchdog. May be called again; rejects only if
   * something could not be removed.
   */
  async stop(): Promise<void> {
    this.#stopping ??= this.#end();
    await this.#stopping;
  }

  #split(nodes: readonly LocalNode[], clientsReachIt: boolean): void {
    const network = this.#network('partition');
    network.mustTellApart('partition');
    network.partitions.add(
      nodes.map((node) => node.name),
      clientsReachIt,
    );
    network.apply();
  }

  #network(what: string): ProxyNetwork {
    const { network } = this.#factory;
    if (network) return network;
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_INVALID_OPTION',
      `${what}: expected proxies, got none. Start with { proxies: true }.`,
    );
  }

  async #end(): Promise<void> {
    for (const recording of this.#recordings) recording.stop();
    await this.#factory.close();
  }
}
