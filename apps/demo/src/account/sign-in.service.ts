import { Injectable } from '@nestjs/common';
import { MissingCacheKeyError, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';
import { createHash } from 'node:crypto';

import { PasswordChecks } from './password-checks.service.js';
import { userNamed, type DemoUser } from './users.js';

const MOST_BY_NAME = 10;
const MOST_BY_ADDRESS = 60;
const WINDOW_SECONDS = 60;
const ROUNDS = 3;
const LONGEST_NAME = 150;
const LONGEST_PASSWORD = 1024;

/** Why somebody was not let in, in words for a page. */
export interface Refusal {
  readonly status: 401 | 429 | 503;
  readonly message: string;
  readonly waitSeconds?: number;
}

/** What a login form holds; a field that is no text counts as empty. */
export interface SignIn {
  readonly name: string;
  readonly password: string;
}

/**
 * Ten attempts a minute for each name and sixty for each address, over all processes: counters with a
 * lifetime in the cache. An outage rejects: then nobody can log in anyway, and nobody can guess. Somebody who
 * fails on purpose keeps that user out for a minute.
 */
@Injectable()
export class LoginAttempts {
  private readonly cache: SentinelCache;

  constructor(caches: SentinelCaches) {
    this.cache = caches.strict('default');
  }

  /** Counts one; gives back 0, or the seconds to wait. */
  async count(name: string, address: string): Promise<number> {
    return (await this.wait(addressKey(address), MOST_BY_ADDRESS)) || this.wait(nameKey(name), MOST_BY_NAME);
  }

  /** After a password that was right. */
  async forget(name: string): Promise<void> {
    await this.cache.delete(nameKey(name));
  }

  private async wait(key: string, most: number): Promise<number> {
    if ((await this.next(key)) <= most) return 0;
    return Math.max(1, (await this.cache.ttl(key)) ?? WINDOW_SECONDS);
  }

  private async next(key: string): Promise<number | bigint> {
    for (let round = 1; ; round += 1) {
      // The first one makes the counter, and its minute begins; `incr` leaves the lifetime alone.
      await this.cache.add(key, 0, WINDOW_SECONDS);
      try {
        return await this.cache.incr(key);
      } catch (error) {
        if (!(error instanceof MissingCacheKeyError) || round === ROUNDS) throw error;
      }
    }
  }
}

@Injectable()
export class SignInService {
  constructor(
    private readonly attempts: LoginAttempts,
    private readonly passwords: PasswordChecks,
  ) {}

  /** The user whose password this is, or why not. The answer tells nobody which names there are. */
  async check({ name, password }: SignIn, address: string): Promise<DemoUser | Refusal> {
    const waitSeconds = await this.attempts.count(name, address);
    if (waitSeconds > 0) {
      return { status: 429, message: `Too many attempts. Try again in ${waitSeconds} s.`, waitSeconds };
    }
    const user = userNamed(name);
    const isRight = await this.passwords.check(user?.passwordHash, password);
    if (isRight === undefined)
      return { status: 503, message: 'Too many people log in just now. Try again in a second.', waitSeconds: 1 };
    if (!user || !isRight) return { status: 401, message: 'There is no user with this name and this password.' };
    await this.attempts.forget(name);
    return user;
  }
}

/** Reads what a browser sent, whatever it is. */
export function readSignIn(body: unknown): SignIn {
  const { name, password } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { name: textOf(name, LONGEST_NAME), password: textOf(password, LONGEST_PASSWORD) };
}

function textOf(value: unknown, longest: number): string {
  return typeof value === 'string' && value.length <= longest ? value : '';
}

/** A name can be anything that fits into a form; a key can't. */
function nameKey(name: string): string {
  return `login-attempts:${createHash('sha256').update(name).digest('hex')}`;
}

function addressKey(address: string): string {
  return `logins-from:${address}`;
}
