import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { makeCertificates, type Certificates } from '../config/certificates.js';
import { LocalNode } from './local-node.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';
import { ProxyNetwork } from '../network/proxy-network.js';
import type { LocalSentinelOptions } from '../config/options.js';
import { findRedisServer, type RedisBinary } from '../process/redis-binary.js';
import { redisConfig, type ClusterConfig } from '../config/redis-config.js';
import { takeEndpoints, type Address, type Endpoint } from '../config/endpoints.js';
import { sentinelConfig, type SentinelConfig } from '../config/sentinel-config.js';
import { Workspace } from '../process/workspace.js';

/** Milliseconds within which a topology has to stand, unless the user says otherwise. */
export const READY_TIMEOUT_MS = 15_000;

/** What is particular to one Redis node. */
export interface RedisNodePlan {
  readonly endpoint: Endpoint;
  readonly replicaOf?: Address | undefined;
  readonly username?: string | undefined;
  readonly unixSocket?: boolean;
  readonly cluster?: ClusterConfig | undefined;
}

type SentinelPlan = Omit<SentinelConfig, 'folder' | 'logFile' | 'password' | 'sentinelPassword' | 'users' | 'certificates'> & {
  readonly sentinelPassword?: string | undefined;
  readonly debug?: Readonly<Record<string, number>> | undefined;
};

interface FactoryParts {
  readonly workspace: Workspace;
  readonly binary: RedisBinary;
  readonly options: LocalSentinelOptions;
  readonly network: ProxyNetwork | undefined;
  readonly certificates: Certificates | undefined;
}

function needsProxies({ proxies = false, tls, nat = false }: LocalSentinelOptions): boolean {
  return proxies || nat || tls !== undefined;
}

/** Makes the nodes of one topology, in one workspace, with one server program, and ends them all. */
export class NodeFactory {
  /** Every node made so far. */
  readonly nodes: LocalNode[] = [];
  readonly #workspace: Workspace;
  readonly #binary: RedisBinary;
  readonly #options: LocalSentinelOptions;
  readonly #network: ProxyNetwork | undefined;
  readonly #certificates: Certificates | undefined;
  /** What is being made now: files and listening proxies. */
  readonly #making = new Set<Promise<unknown>>();
  #closed = false;

  private constructor(parts: FactoryParts) {
    this.#workspace = parts.workspace;
    this.#binary = parts.binary;
    this.#options = parts.options;
    this.#network = parts.network;
    this.#certificates = parts.certificates;
  }

  /**
   * Makes a workspace and finds a server program that runs; rejects with `RedisServerMissingError` and leaves
   * nothing behind.
   */
  static async create(options: LocalSentinelOptions): Promise<NodeFactory> {
    const workspace = await Workspace.create();
    try {
      const certificates = options.tls ? await makeCertificates(await workspace.subfolder('tls')) : undefined;
      const binary = await findRedisServer(workspace.folder, options.redisServerBin);
      const network = needsProxies(options) ? await ProxyNetwork.create(binary.major) : undefined;
      if (options.nat) network?.mustTellApart('nat');
      if (options.tls) network?.mustTellApart('tls');
      return new NodeFactory({ workspace, binary, options, network, certificates });
    } catch (error) {
      await workspace.remove();
      throw error;
    }
  }

  /** Folder of everything that belongs to the topology. */
  get folder(): string {
    return this.#workspace.folder;
  }

  /** The proxies' network; undefined without proxies. */
  get network(): ProxyNetwork | undefined {
    return this.#network;
  }

  /** The throw-away authority's certificate, PEM; undefined without the option `tls`. */
  get ca(): string | undefined {
    return this.#certificates?.ca;
  }

  /**
   * Takes free addresses for nodes of that kind; their proxies, if there are any, listen already when it
   * resolves. Rejects with `LOCAL_SENTINEL_STOPPED` after `close()`, as everything does that makes a node.
   */
  async endpoints(names: readonly string[], kind: 'redis' | 'sentinels'): Promise<Endpoint[]> {
    const { tls, nat = false } = this.#options;
    const requests = names.map((name) => ({ name, tls: tls === kind || tls === 'both' }));
    return this.#make(() => takeEndpoints(requests, { network: this.#network, nat }));
  }

  /** Makes an authority for nodes that bring their TLS themselves, without proxies. */
  async certificates(): Promise<Certificates> {
    return makeCertificates(await this.#workspace.subfolder('tls'));
  }

  /** Returns the path of a node's socket file. */
  socketPath(name: string): string {
    return join(this.folder, `${name}.sock`);
  }

  /** Makes a Redis node, configured but not started. */
  async redis(plan: RedisNodePlan): Promise<LocalNode> {
    return this.#make(() => this.#redis(plan));
  }

  /** Makes a sentinel, configured but not started. */
  async sentinel(plan: SentinelPlan): Promise<LocalNode> {
    return this.#make(() => this.#sentinel(plan));
  }

  /**
   * Kills every process, ends every proxy and the watchdog, and removes the folder. What is being made ends
   * first; nothing can be made afterwards.
   */
  async close(): Promise<void> {
    this.#closed = true;
    try {
      await Promise.allSettled(this.#making);
      await Promise.all(this.nodes.map((node) => node.close()));
      await this.#network?.close();
    } finally {
      await this.#workspace.remove();
    }
  }

  async #make<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new LocalSentinelError('LOCAL_SENTINEL_STOPPED', 'the topology is stopped. Start a new one.');
    const making = work();
    this.#making.add(making);
    try {
      return await making;
    } finally {
      this.#making.delete(making);
    }
  }

  async #redis(plan: RedisNodePlan): Promise<LocalNode> {
    const { name } = plan.endpoint;
    const folder = await this.#workspace.subfolder(name);
    const logFile = join(folder, 'redis.log');
    const text = redisConfig({
      endpoint: plan.endpoint,
      folder,
      logFile,
      major: this.#binary.major,
      password: this.#options.password,
      username: plan.username,
      databases: this.#options.databases ?? 16,
      aof: this.#options.aof ?? true,
      users: this.#options.users ?? [],
      certificates: this.#certificates,
      extra: this.#options.redisConfig ?? {},
      unixSocket: plan.unixSocket ? this.socketPath(name) : undefined,
      replicaOf: plan.replicaOf,
      cluster: plan.cluster,
    });
    const file = join(folder, 'redis.conf');
    await writeFile(file, text, { mode: 0o600 });
    const role = plan.replicaOf === undefined ? 'primary' : 'replica';
    const { password } = this.#options;
    return this.#node({ name, endpoint: plan.endpoint, role, folder, logFile, args: [file], password });
  }

  async #sentinel(plan: SentinelPlan): Promise<LocalNode> {
    const { endpoint } = plan.self;
    const folder = await this.#workspace.subfolder(endpoint.name);
    const logFile = join(folder, 'sentinel.log');
    const { password } = this.#options;
    const { sentinelPassword } = plan;
    const file = join(folder, 'sentinel.conf');
    const users = this.#options.sentinelUsers ?? [];
    const certificates = this.#certificates;
    const text = sentinelConfig({ ...plan, folder, logFile, password, sentinelPassword, users, certificates });
    await writeFile(file, text, { mode: 0o600 });
    const args = [file, '--sentinel'];
    const afterStart = Object.entries(plan.debug ?? {}).map(([name, value]) => ['SENTINEL', 'DEBUG', name, value]);
    return this.#node({
      name: endpoint.name,
      endpoint,
      role: 'sentinel',
      folder,
      logFile,
      args,
      password: sentinelPassword,
      afterStart,
    });
  }

  #node(part: Omit<ConstructorParameters<typeof LocalNode>[0], 'binaryPath' | 'workspace' | 'readyTimeoutMs'>): LocalNode {
    const readyTimeoutMs = this.#options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    const node = new LocalNode({ ...part, binaryPath: this.#binary.path, workspace: this.#workspace, readyTimeoutMs });
    this.nodes.push(node);
    return node;
  }
}
