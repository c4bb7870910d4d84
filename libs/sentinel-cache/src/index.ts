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
export { Cached } from './decorators/cached.decorator.js';
export { CacheEvict } from './decorators/cache-evict.decorator.js';
export { CachePut } from './decorators/cache-put.decorator.js';
export type { CachedOptions, CacheEvictOptions, CachePutOptions } from './decorators/decorator-options.js';
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
export { SessionClosedError } from './errors/session-closed.error.js';
export { SessionInterruptedError } from './errors/session-interrupted.error.js';
export { SessionUnavailableError } from './errors/session-unavailable.error.js';
export type { CacheControlDirectives } from './headers/cache-control.js';
export { CacheControl, NeverCache, VaryOn, VaryOnCookie } from './http/answer-headers.decorator.js';
export { CachePage } from './http/cache-page.decorator.js';
export { PageCacheInterceptor } from './http/page-cache.interceptor.js';
export { Pages } from './http/pages.service.js';
export type { CachePageOptions, PageEviction, PagesOptions } from './http/page-options.js';
export type { KeyFunction, ReverseKeyFunction } from './keys/key-function.js';
export type { Compressor } from './codec/ports/compressor.js';
export type { CompressorModule } from './codec/compressor-registry.js';
export type { Serializer } from './codec/ports/serializer.js';
export type { CacheSetting, CachesSetting, DjangoSettings, DjangoSettingsModule } from './settings/shapes/django-settings.js';
export type {
  CacheOptionsSetting,
  CompressorSetting,
  ConnectionKwargsSetting,
  NatMap,
  SerializerSetting,
} from './settings/shapes/cache-options-setting.js';
export { getCacheManagerToken, getCacheToken, InjectCache } from './nest/cache.tokens.js';
export { CurrentUser } from './nest/current-user.decorator.js';
export { LoginRequired, LoginRequiredGuard } from './nest/login-required.guard.js';
export { SentinelCacheModule } from './nest/sentinel-cache.module.js';
export type { SentinelCacheModuleAsyncOptions, SentinelCacheSettingsFactory } from './nest/sentinel-cache.module-definition.js';
export type { SentinelCacheModuleOptions } from './nest/boot/sentinel-cache-module-options.js';
export { checkPassword } from './passwords/check-password.js';
export { makePassword } from './passwords/make-password.js';
export { mustUpgradePassword } from './passwords/must-upgrade-password.js';
export type { LoginUser } from './session/auth/authentication.js';
export { currentUser, login, logout } from './session/auth/login.js';
export type { LoadUser } from './session/auth/user-loader.js';
export type { SessionRepository, SessionRow } from './session/engines/session-repository.js';
export type { ExpiryChoice } from './session/port/session-expiry.js';
export { Sessions, type UserSession } from './session/sessions.js';
export { CacheSession } from './session/state/cache-session.js';
export { IGNORED_ERRORS, OPERATIONS, REPLAYS, STATE, type IgnoredError, type ReplayEvent } from './telemetry/channels.js';
export type { OperationEvent, OperationName } from './telemetry/operation-event.js';
export type { Clock } from './time/clock.js';
export type { Timeout } from './time/lifetime.js';
export type { CacheKey } from './keys/format-key.js';
