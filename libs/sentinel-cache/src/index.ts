export { createCaches, type CacheEvent, type CacheFaults, type CreateCachesOptions } from './cache/create-caches.js';
export { CacheLock } from './cache/locks/cache-lock.js';
export type {
  CacheKey,
  ClearOptions,
  DeletePatternOptions,
  GetOptions,
  IterKeysOptions,
  SetOptions,
  ValueOrFactory,
  VersionOptions,
} from './cache/entry/cache-options.js';
export type { AcquireOptions, LockOptions } from './cache/locks/lock-options.js';
export { SentinelCache } from './cache/sentinel-cache.js';
export { SentinelCaches } from './cache/sentinel-caches.js';
export type { CacheHashes } from './cache/structures/cache-hashes.js';
export type { CacheSets, StoreOptions } from './cache/structures/cache-sets.js';
export type { CacheSortedSets, ScoreConditions, Scores } from './cache/structures/cache-sorted-sets.js';
export type { IterateOptions, Members } from './cache/structures/cache-structure.js';
export type { ScoreBound, ScoredMember } from './cache/structures/scores.js';
export type { RangeOptions, ScoreRangeOptions } from './cache/structures/sorted-set-ranges.js';
export type { BreakerState } from './connection/contract/client-event.js';
export { SentinelMonitor } from './connection/monitor/sentinel-monitor.js';
export { CacheUnavailableError, type Executed, type UnavailableReason } from './errors/cache-unavailable.error.js';
export { CodecError } from './errors/codec.error.js';
export { CommandRejectedError } from './errors/command-rejected.error.js';
export { ImproperlyConfiguredError, type SettingProblem } from './errors/improperly-configured.error.js';
export { InvalidArgumentError } from './errors/invalid-argument.error.js';
export { InvalidCacheKeyError } from './errors/invalid-cache-key.error.js';
export { LockError, type LockErrorReason } from './errors/lock.error.js';
export { MissingCacheKeyError } from './errors/missing-cache-key.error.js';
export { SentinelCacheError } from './errors/sentinel-cache.error.js';
export { SessionClosedError } from './errors/session-closed.error.js';
export { SessionInterruptedError } from './errors/session-interrupted.error.js';
export { SessionUnavailableError } from './errors/session-unavailable.error.js';
export type { KeyFunction, ReverseKeyFunction } from './keys/key-function.js';
export type { Compressor } from './codec/compressor.js';
export type { Serializer } from './codec/serializer.js';
export { AwareDatetime } from './codec/values/aware-datetime.js';
export { ByteArray } from './codec/values/byte-array.js';
export { Complex } from './codec/values/complex.js';
export { Decimal } from './codec/values/decimal.js';
export { FrozenSet } from './codec/values/frozen-set.js';
export { MsgpackExtension } from './codec/values/msgpack-extension.js';
export { NaiveDatetime, type NaiveDatetimeFields } from './codec/values/naive-datetime.js';
export { OrderedDict } from './codec/values/ordered-dict.js';
export { PythonDate } from './codec/values/python-date.js';
export { PythonRange } from './codec/values/python-range.js';
export { PythonTime, type PythonTimeOptions } from './codec/values/python-time.js';
export { SafeString } from './codec/values/safe-string.js';
export { Timedelta } from './codec/values/timedelta.js';
export { Timezone } from './codec/values/timezone.js';
export { Tuple } from './codec/values/tuple.js';
export { Uuid } from './codec/values/uuid.js';
export { getCacheManagerToken, getCacheToken } from './nest/cache.tokens.js';
export { CurrentUser } from './nest/current-user.decorator.js';
export { InjectCache } from './nest/inject-cache.decorator.js';
export { LoginRequired } from './nest/login-required.decorator.js';
export { SentinelCacheModule } from './nest/sentinel-cache.module.js';
export type { SentinelCacheModuleExtras } from './nest/sentinel-cache.module-definition.js';
export type { CacheOptionsSetting } from './settings/shapes/cache-options-setting.js';
export type { CacheSetting, CachesSetting, DjangoSettings, DjangoSettingsModule } from './settings/shapes/django-settings.js';
export type { LoginUser } from './session/auth/authentication.js';
export { currentUser, login, logout } from './session/auth/login.js';
export type { LoadUser } from './session/auth/user-loader.js';
export { CacheSession } from './session/state/cache-session.js';
export type { SessionRepository } from './session/engines/session-repository.js';
export { Sessions, type UserSession } from './session/sessions.js';
export type { IgnoredError } from './telemetry/ignored-errors.js';
export type { MonitorEvent, NodeKind, OwnEvent, SentinelToldEvent } from './telemetry/monitor-event.js';
export type {
  MonitoredClusterPrimary,
  MonitoredPrimary,
  MonitoredQuorum,
  MonitoredReplica,
  MonitoredSentinel,
  MonitoredState,
  MonitoredTopology,
} from './telemetry/monitored-topology.js';
export type { OperationEvent, OperationName } from './telemetry/operation-event.js';
export type { Clock } from './time/clock.js';
export type { Timeout } from './time/lifetime.js';
