export { SentinelCacheHealthIndicator, type CacheHealthDetails, type CacheHealthOptions } from './nest/sentinel-cache.health.js';
export type { HealthReason, HealthState } from './nest/health-verdict.js';
