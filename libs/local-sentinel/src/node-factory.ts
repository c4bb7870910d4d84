import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { LocalNode } from './local-node.js';
import type { CommonOptions } from './options.js';
import { findRedisServer, type RedisBinary } from './redis-binary.js';
import { redisConfig } from './redis-config.js';
import { sentinelConfig, type SentinelConfig } from './sentinel-config.js';
import { Workspace } from './workspace.js';

/** Milliseconds within which a topology has to stand, unless the user says otherwise. */
export const READY_TIMEOUT_MS = 15_000;

/** What is particular to one Redis node. */
export interface RedisNodePlan {
  readonly name: string;
  readonly port: number;
  readonly replicaOf?: number;
  readonly username?: string | undefined;
  readonly unixSocket?: boolean;
}

type SentinelPlan = Omit<SentinelConfig, 'folder' | 'logFile' | 'password' | 'sentinelPassword'> & {
  readonly name: string;
  readonly sentinelPassword?: string | undefined;
  readonly debug?: Readonly<Record<string, number>> | undefined;
};

/** Makes the nodes of one topology, in one workspace, with one server program, and ends them all. */
export class NodeFactory {
  /** Every node made so far. */
  readonly nodes: LocalNode[] = [];
  readonly #workspace: Workspace;
  readonly #binary: RedisBinary;
  readonly #options: CommonOptions;

  private constructor(workspace: Workspace, binary: RedisBinary, options: CommonOptions) {
    this.#workspace = workspace;
    this.#binary = binary;
    this.#options = options;
  }

  /** A new workspace and a proven server program; rejects with `RedisServerMissingError` and leaves nothing behind. */
  static async create(options: CommonOptions): Promise<NodeFactory> {
    const workspace = await Workspace.create();
    try {
      return new NodeFactory(workspace, await findRedisServer(workspace.folder, options.redisServerBin), options);
    } catch (error) {
      await workspace.remove();
      throw error;
    }
  }

  /** Folder of everything that belongs to the topology. */
  get folder(): string {
    return this.#workspace.folder;
  }

  /** Path of a node's socket file. */
  socketPath(name: string): string {
    return join(this.folder, `${name}.sock`);
  }

  /** A Redis node, configured but not started. */
  async redis(plan: RedisNodePlan): Promise<LocalNode> {
    const folder = await this.#workspace.subfolder(plan.name);
    const logFile = join(folder, 'redis.log');
    const text = redisConfig({
      port: plan.port,
      folder,
      logFile,
      major: this.#binary.major,
      password: this.#options.password,
      username: plan.username,
      databases: this.#options.databases ?? 16,
      aof: this.#options.aof ?? true,
      extra: this.#options.redisConfig ?? {},
      unixSocket: plan.unixSocket ? this.socketPath(plan.name) : undefined,
      replicaOf: plan.replicaOf,
    });
    const file = join(folder, 'redis.conf');
    await writeFile(file, text, { mode: 0o600 });
    const role = plan.replicaOf === undefined ? 'primary' : 'replica';
    return this.#node({
      name: plan.name,
      port: plan.port,
      role,
      folder,
      logFile,
      args: [file],
      password: this.#options.password,
    });
  }

  /** A sentinel, configured but not started. */
  async sentinel(plan: SentinelPlan): Promise<LocalNode> {
    const folder = await this.#workspace.subfolder(plan.name);
    const logFile = join(folder, 'sentinel.log');
    const { password } = this.#options;
    const { sentinelPassword } = plan;
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, sentinelConfig({ ...plan, folder, logFile, password, sentinelPassword }), { mode: 0o600 });
    const args = [file, '--sentinel'];
    const afterStart = Object.entries(plan.debug ?? {}).map(([name, value]) => ['SENTINEL', 'DEBUG', name, value]);
    return this.#node({
      name: plan.name,
      port: plan.self.port,
      role: 'sentinel',
      folder,
      logFile,
      args,
      password: sentinelPassword,
      afterStart,
    });
  }

  /** Every process killed, the folder removed, the watchdog gone. */
  async close(): Promise<void> {
    try {
      await Promise.all(this.nodes.map((node) => node.close()));
    } finally {
      await this.#workspace.remove();
    }
  }

  #node(part: Omit<ConstructorParameters<typeof LocalNode>[0], 'binaryPath' | 'workspace' | 'readyTimeoutMs'>): LocalNode {
    const readyTimeoutMs = this.#options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    const node = new LocalNode({ ...part, binaryPath: this.#binary.path, workspace: this.#workspace, readyTimeoutMs });
    this.nodes.push(node);
    return node;
  }
}
