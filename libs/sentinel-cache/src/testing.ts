export type { CacheFaults } from './cache/create-caches.js';
export type {
  Backend,
  LivingEntry,
  PlannedWrite,
  EntryToken,
  LivingLifetime,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from './backends/port/backend.js';
export type { CallOptions, FailureTolerance } from './backends/port/call-options.js';
export type { Operation } from './connection/contract/operation.js';
export type { ReplyShape } from './connection/resp/reply-shape.js';
export type { LeaseClaim, LeasedEntry, LeaseRequest, LeaseStore } from './backends/port/lease-store.js';
export type { LockStore } from './backends/port/lock-store.js';
export type { TagStamp } from './backends/port/tag-stamp.js';
export type {
  CompanionCondition,
  CompanionedEntry,
  CompanionPair,
  EntryTags,
  LifeOrEnd,
  TagStore,
} from './backends/port/tag-store.js';
export type { StructureCommand, StructureScan, StructureStore } from './backends/port/structure-store.js';
export { describeBackend, type TestRunner } from './testing/backend-conformance.js';
export type { BackendUnderTest } from './testing/conformance/under-test.js';
export { FakeClock } from './testing/fake-clock.js';
export type { CallFault, FaultScope, OutageFault, SlowFault } from './testing/fault-plan.js';
export { Faults } from './testing/faults.js';
export { locmemTwin } from './testing/locmem-twin.js';
export type { Clock } from './time/clock.js';
export type { Lifetime } from './time/lifetime.js';
