export { startLocalSentinel } from './topology/start-local-sentinel.js';
export { startLocalRedis } from './topology/start-local-redis.js';
export { startLocalCluster } from './topology/start-local-cluster.js';
export type {
  LocalClusterOptions,
  LocalSentinelOptions,
  LocalRedisOptions,
  CommonOptions,
  MasterOptions,
} from './config/options.js';
export type { ExtraConfig } from './config/config-file.js';
export type { LocalSentinel } from './topology/local-sentinel.js';
export type { LocalRedis } from './topology/local-redis.js';
export type { LocalCluster } from './topology/local-cluster.js';
export type { LocalMaster, WaitOptions } from './topology/local-master.js';
export type { LocalNode, NodeRole, RestartOptions } from './node/local-node.js';
export type { NodeProxy, ProxyModeOptions } from './network/node-proxy.js';
export type { ProxyMode } from './network/traffic.js';
export type { Address } from './config/endpoints.js';
export type { CommandArgument } from './node/node-connection.js';
export type { EventRecording, SentinelEvent, SwitchEvent, SwitchWait } from './observe/event-recording.js';
export { LocalSentinelError, type LocalSentinelErrorCode } from './errors/local-sentinel-error.js';
export { RedisServerMissingError } from './errors/redis-server-missing.error.js';
export { ServerStartError } from './errors/server-start.error.js';
export { NotSettledError } from './errors/not-settled.error.js';
export { DeadlineExceededError } from './errors/deadline-exceeded.error.js';
