import { Inject, Injectable } from '@nestjs/common';
import { SentinelCaches, type DjangoSettings } from 'nestjs-sentinel-cache';

import { fill } from '../pages/html.js';
import type { Texts } from '../pages/texts.en.js';

/** What the accounts need to know of the settings. */
export interface AccountSettings {
  /** The settings without which nobody can log in, and which are not there. */
  readonly missing: readonly string[];
  readonly engine: string;
  /** The cache that keeps the sessions; undefined where no cache does. */
  readonly cacheAlias: string | undefined;
  /** What a login here says it was made by, so that Django takes it for its own. */
  readonly backend: string;
}

const MODEL_BACKEND = 'django.contrib.auth.backends.ModelBackend';

/** Never throws: whether the settings are right is for the library to say. */
export function readAccountSettings(settings: DjangoSettings): AccountSettings {
  const given = settings as Readonly<Record<string, unknown>>;
  const backends = given.AUTHENTICATION_BACKENDS ?? [MODEL_BACKEND];
  const backend: unknown = Array.isArray(backends) ? backends[0] : undefined;
  const missing = ['SESSION_ENGINE', 'SECRET_KEY'].filter((name) => !given[name]);
  if (typeof backend !== 'string') missing.push('AUTHENTICATION_BACKENDS');
  const engine = String(given.SESSION_ENGINE ?? '');
  const cacheAlias = /cache$|cached_db$/.test(engine) ? String(given.SESSION_CACHE_ALIAS ?? 'default') : undefined;
  return { missing, engine, cacheAlias, backend: String(backend) };
}

/** The token of AccountSettings. */
export const ACCOUNT_SETTINGS = Symbol('demo.account-settings');

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
