import { inspect } from 'node:util';

import { SessionClosedError } from '../../errors/session-closed.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { define, fieldOf, type FieldUpdate } from '../port/session-changes.js';
import type { SessionEngine } from '../port/session-engine.js';
import {
  checkExpiry,
  EXPIRY_FIELD,
  expiresAtBrowserClose,
  expiryAgeSeconds,
  expiryDate,
  storedExpiry,
  type ExpiryChoice,
} from '../port/session-expiry.js';
import { SessionState } from './session-state.js';

const TEST_COOKIE = 'testcookie';

/**
 * The session of one request, with Django's meaning.
 *
 * - Lazy: nothing is asked of the store until the first use.
 * - Changes are saved before the response leaves, nested ones included; fields that other requests changed meanwhile stay theirs.
 * - Fails with SessionUnavailableError (503) when the store can't be asked, SessionInterruptedError (400) when the session was ended
 *   meanwhile, SessionClosedError after the response has left.
 *
 * @example
 * ```ts
 * async add(@Session() session: CacheSession) {
 *   await session.update<string[]>('cart', (cart) => [...(cart ?? []), 'tea']);
 * }
 * ```
 */
export class CacheSession {
  /** @internal What the exchange works with. */
  readonly state: SessionState;

  /** @internal */
  constructor(
    engine: SessionEngine,
    private readonly config: SessionConfig,
    private readonly clock: Clock,
    cookieValue: string | undefined,
  ) {
    this.state = new SessionState(engine, config, clock, cookieValue);
  }

  /** The key in the store; undefined for a visitor who has none yet. */
  get sessionKey(): string | undefined {
    return this.state.key;
  }

  /** Whether any field was asked for. */
  get accessed(): boolean {
    return this.state.accessed;
  }

  /** A field; undefined when there is none. Changing what it holds is noticed and saved. */
  async get<T = unknown>(field: string): Promise<T | undefined> {
    const data = await this.state.read();
    const value = fieldOf(data, field);
    if (typeof value === 'object' && value !== null) this.state.lent = true;
    return value as T;
  }

  /** Sets a field; `undefined` removes it. */
  async set(field: string, value: unknown): Promise<void> {
    await this.write(field, (data) => (value === undefined ? delete data[field] : define(data, field, value)));
  }

  /**
   * Sets a field to what the function makes of its value. When another request changed the field meanwhile, the function runs again on
   * that: so no increment is lost. Must not have effects of its own.
   */
  async update<T = unknown>(field: string, update: (current: T | undefined) => T): Promise<T> {
    const data = await this.state.read();
    this.open();
    // It may change the value in place and then throw.
    this.state.lent = true;
    const value = update(fieldOf(data, field) as T | undefined);
    define(data, field, value);
    this.state.noteUpdate(field, update as FieldUpdate);
    return value;
  }

  /** Whether there was such a field. */
  async delete(field: string): Promise<boolean> {
    const data = await this.state.read();
    if (!Object.hasOwn(data, field)) return false;
    await this.write(field, (fields) => delete fields[field]);
    return true;
  }

  async has(field: string): Promise<boolean> {
    return Object.hasOwn(await this.state.read(), field);
  }

  /** Nothing: a session that a handler sends as it is was sent by mistake. Send what `get` or `toObject` give. */
  toJSON(): Record<string, never> {
    return {};
  }

  /** What a log shows of a session: not its key, by which anybody could have it. */
  [inspect.custom](): string {
    return 'CacheSession {}';
  }

  /** All fields, reserved ones too. The object inherits nothing: a name that a visitor chose finds a field or nothing. */
  async toObject(): Promise<Record<string, unknown>> {
    this.state.lent = true;
    const fields = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of Object.entries(await this.state.read())) define(fields, name, value);
    return fields;
  }

  /** Removes every field; the key stays. */
  async clear(): Promise<void> {
    await this.state.read();
    this.open();
    this.state.clear();
  }

  /** A new key for the same fields, at once: the old key is worth nothing any more. At every login. */
  async cycleKey(): Promise<void> {
    this.open();
    await this.state.cycleKey();
  }

  /** Ends the session at once: the fields, the key and the entry are gone. */
  async flush(): Promise<void> {
    this.open();
    await this.state.flush();
  }

  /**
   * When it is over: seconds after each save, 0 with the browser, a moment, or null as the settings say.
   * Takes effect with the next read or at the end of the request. Throws InvalidArgumentError for an end before 1970 or past the year 9999.
   */
  setExpiry(choice: ExpiryChoice): void {
    checkExpiry(choice, this.clock.wallMs());
    this.open();
    this.state.later((data, keepsDates) => {
      if (choice === null) delete data[EXPIRY_FIELD];
      else data[EXPIRY_FIELD] = typeof choice === 'number' ? Math.trunc(choice) : storedExpiry(choice, keepsDates);
    });
  }

  /** Whole seconds until it is over. */
  async getExpiryAge(): Promise<number> {
    return expiryAgeSeconds(await this.state.read(), this.config, this.clock.wallMs());
  }

  async getExpiryDate(): Promise<Date> {
    return expiryDate(await this.state.read(), this.config, this.clock.wallMs());
  }

  async getExpireAtBrowserClose(): Promise<boolean> {
    return expiresAtBrowserClose(await this.state.read(), this.config);
  }

  /** Sets a field that proves at the next request that the browser keeps cookies. */
  async setTestCookie(): Promise<void> {
    await this.set(TEST_COOKIE, 'worked');
  }

  async testCookieWorked(): Promise<boolean> {
    return (await this.get(TEST_COOKIE)) === 'worked';
  }

  async deleteTestCookie(): Promise<void> {
    await this.delete(TEST_COOKIE);
  }

  private async write(field: string, change: (data: Record<string, unknown>) => unknown): Promise<void> {
    const data = await this.state.read();
    this.open();
    change(data);
    this.state.noteReplaced(field);
  }

  private open(): void {
    this.state.use();
    if (this.state.closed) throw new SessionClosedError();
  }
}
