/**
 * All of the cache that stands without Nest and without cache-manager. The front door has of it what an
 * application writes and catches.
 */
export { createCaches, type CacheEvent, type CacheFaults, type CreateCachesOptions } from './cache/create-caches.js';
export type { CacheLock } from './cache/locks/cache-lock.js';
export type {
  ClearOptions,
  DeletePatternOptions,
  FactoryContext,
  GetOptions,
  GetOrSetOptions,
  IterKeysOptions,
  SetOptions,
  StoreOptions,
  TimeoutOrFunction,
  ValueFactory,
  ValueOrFactory,
  ValueWithToken,
  VersionOptions,
} from './cache/entry/cache-options.js';
export type { ValueWithPttl } from './cache/entry/read-with-pttl.js';
export type { AcquireOptions, LockOptions } from './cache/locks/lock-options.js';
export { SentinelCache } from './cache/sentinel-cache.js';
export { SentinelCaches } from './cache/sentinel-caches.js';
export type { EntryToken } from './backends/port/backend.js';
export { SentinelMonitor } from './connection/monitor/sentinel-monitor.js';
export { CacheUnavailableError, type Executed, type UnavailableReason } from './errors/cache-unavailable.error.js';
export { CodecError } from './errors/codec.error.js';
export { CommandRejectedError, type CommandRejectedErrorOptions } from './errors/command-rejected.error.js';
export { ImproperlyConfiguredError, type SettingProblem } from './errors/improperly-configured.error.js';
export { InvalidArgumentError } from './errors/invalid-argument.error.js';
export { InvalidCacheKeyError } from './errors/invalid-cache-key.error.js';
export { isOutage } from './errors/is-outage.js';
export { LockError, type LockErrorReason } from './errors/lock.error.js';
export { MissingCacheKeyError } from './errors/missing-cache-key.error.js';
export { SentinelCacheError, type SentinelCacheErrorOptions } from './errors/sentinel-cache.error.js';
export type { KeyFunction, ReverseKeyFunction } from './keys/key-function.js';
export type { Compressor } from './codec/ports/compressor.js';
export type { CompressorModule } from './codec/compressor-registry.js';
export type { DecodeBudget, ReadingAt } from './codec/budget/decode-budget.js';
export type { Serializer } from './codec/ports/serializer.js';
export type { CacheSetting, CachesSetting, DjangoSettings, DjangoSettingsModule } from './settings/shapes/django-settings.js';
export type {
  CacheOptionsSetting,
  CompressorSetting,
  ConnectionKwargsSetting,
  NatMap,
  ReachableAddress,
  SerializerSetting,
} from './settings/shapes/cache-options-setting.js';
export { checkPassword } from './passwords/check-password.js';
export { makePassword } from './passwords/make-password.js';
export { mustUpgradePassword } from './passwords/must-upgrade-password.js';
export { IGNORED_ERRORS, OPERATIONS, REPLAYS, STATE, type IgnoredError, type ReplayEvent } from './telemetry/channels.js';
export type { OperationEvent, OperationName } from './telemetry/operation-event.js';
export type { Clock } from './time/clock.js';
export type { Timeout } from './time/lifetime.js';
export type { CacheKey } from './keys/format-key.js';
