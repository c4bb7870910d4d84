import { Inject, Injectable } from '@nestjs/common';
import { SentinelCaches } from 'nestjs-sentinel-cache';

import { fill } from '../pages/html.js';
import type { Texts } from '../pages/texts.en.js';
import { ACCOUNT_SETTINGS, type AccountSettings } from './account-settings.js';

/** What Redis is doing, as the page knows it when it is sent; the script keeps it up to date. */
export interface RedisNow {
  readonly status: 'none' | 'up' | 'changing';
  readonly primary: string;
}

/** Which Redis it is, for a person. Known, not asked: it answers in an outage too. */
@Injectable()
export class RedisStatus {
  constructor(
    private readonly caches: SentinelCaches,
    @Inject(ACCOUNT_SETTINGS) private readonly settings: AccountSettings,
  ) {}

  /** Who has just given a session. Sessions are read from the primary alone. */
  answeredBy(texts: Texts['account']['answeredBy']): string {
    const { cacheAlias, engine } = this.settings;
    if (cacheAlias === undefined) return fill(texts.engine, { engine });
    const topology = this.caches.topology(cacheAlias);
    if (!topology) return texts.memory;
    const { connected, address } = topology.primary;
    return connected && address !== null ? fill(texts.primary, { address }) : texts.changing;
  }

  isRedis(): boolean {
    return this.caches.topology(this.settings.cacheAlias ?? 'default') !== undefined;
  }

  now(): RedisNow {
    const topology = this.caches.topology('default');
    if (!topology) return { status: 'none', primary: '' };
    return { status: topology.state.status === 'up' ? 'up' : 'changing', primary: topology.primary.address ?? '' };
  }
}
