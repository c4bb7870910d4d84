import { Inject, Injectable } from '@nestjs/common';
import { SentinelCaches } from 'nestjs-sentinel-cache';

import type { RedisNow } from './account-document.js';
import { ACCOUNT_SETTINGS, type AccountSettings } from './account-settings.js';

/** Which Redis it is, for a person. Known, not asked: it answers in an outage too. */
@Injectable()
export class RedisStatus {
  constructor(
    private readonly caches: SentinelCaches,
    @Inject(ACCOUNT_SETTINGS) private readonly settings: AccountSettings,
  ) {}

  /** Who has just given a session. Sessions are read from the primary alone. */
  answeredBy(): string {
    const { cacheAlias, engine } = this.settings;
    if (cacheAlias === undefined) return `${engine}, not from a cache`;
    const topology = this.caches.topology(cacheAlias);
    if (!topology) return 'the memory of this process';
    return `the primary ${topology.primary.connected ? topology.primary.address : '(changing)'}`;
  }

  isRedis(): boolean {
    return this.caches.topology(this.settings.cacheAlias ?? 'default') !== undefined;
  }

  now(): RedisNow {
    const topology = this.caches.topology('default');
    if (!topology) return { kind: 'up', badge: 'no Redis', text: 'Running on the memory of this process (locmem).' };
    const { state, primary } = topology;
    if (state.status === 'up') return { kind: 'up', badge: 'up', text: `The primary is ${primary.address}.` };
    return { kind: 'wait', badge: 'changing', text: 'Redis is away, or changes its primary.' };
  }
}
