import { knowClass } from '../../copies/known-classes.js';
import { inspect } from 'node:util';

import { SessionClosedError } from '../../errors/session-closed.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { define, fieldOf, type FieldUpdate } from '../port/session-changes.js';
import type { SessionEngine } from '../port/session-engine.js';
import { checkExpiry, EXPIRY_FIELD, storedExpiry, type ExpiryChoice } from '../port/session-expiry.js';
import { SessionState } from './session-state.js';

const TEST_COOKIE = 'testcookie';

/**
 * The session of one request, with Django's meaning.
 *
 * - Lazy: asks nothing of the store until the first use.
 * - Saves changes, nested ones included, before the response leaves; keeps what other requests changed in
 *   other fields meanwhile.
 * - Rejects with SessionUnavailableError (503) when the store can't be asked, with SessionInterruptedError
 *   (400) when the session was ended meanwhile, with SessionClosedError (500) for a write after the response
 *   has left. A field that can't be written is a CodecError (500) when the session is saved.
 *
 * @example
 * ```ts
 * async add(@Session() session: CacheSession) {
 *   await session.update<string[]>('cart', (cart) => [...(cart ?? []), 'tea']);
 * }
 * ```
 */
export class CacheSession {
  static {
    knowClass(this, 'CacheSession');
  }

  /** @internal What the exchange of cookies works with. */
  readonly state: SessionState;

  /** @internal */
  constructor(
    engine: SessionEngine,
    config: SessionConfig,
    private readonly clock: Clock,
    cookieValue: string | undefined,
  ) {
    this.state = new SessionState(engine, config, clock, cookieValue);
  }

  /**
   * The key in the store; undefined for a visitor who has none yet. Anyone who knows it has the session:
   * don't log it.
   */
  get sessionKey(): string | undefined {
    return this.state.key;
  }

  /** Whether the request has used its session. */
  get accessed(): boolean {
    return this.state.accessed;
  }

  /**
   * Resolves to a field, or undefined when there is none. Changes inside the value are saved too. Rejects
   * with SessionUnavailableError.
   */
  async get<T = unknown>(field: string): Promise<T | undefined> {
    const data = await this.state.read();
    const value = fieldOf(data, field);
    if (typeof value === 'object' && value !== null) this.state.log.watch();
    return value as T;
  }

  /** Sets a field; `undefined` removes it. Rejects with SessionUnavailableError or SessionClosedError. */
  async set(field: string, value: unknown): Promise<void> {
    await this.write(field, (data) => (value === undefined ? delete data[field] : define(data, field, value)));
  }

  /**
   * Sets a field to what the function makes of its value, and resolves to that. When another request changed
   * the field meanwhile, the function runs again on the new value, so that no increment is lost: it must not
   * have effects of its own. Rejects with SessionUnavailableError, SessionClosedError, or what the function
   * throws.
   */
  async update<T = unknown>(field: string, update: (current: T | undefined) => T): Promise<T> {
    const data = await this.state.read();
    this.open();
    // It may change the value in place and then throw.
    this.state.log.watch();
    const value = update(fieldOf(data, field) as T | undefined);
    define(data, field, value);
    this.state.log.update(field, update as FieldUpdate);
    return value;
  }

  /**
   * Removes a field. Resolves to true when there was one. Rejects with SessionUnavailableError or
   * SessionClosedError.
   */
  async delete(field: string): Promise<boolean> {
    const data = await this.state.read();
    if (!Object.hasOwn(data, field)) return false;
    await this.write(field, (fields) => delete fields[field]);
    return true;
  }

  /** Resolves to whether there is such a field. Rejects with SessionUnavailableError. */
  async has(field: string): Promise<boolean> {
    return Object.hasOwn(await this.state.read(), field);
  }

  /**
   * Returns an empty object: a handler that sends a whole session does so by mistake. Send what `get` or
   * `toObject` give.
   */
  toJSON(): Record<string, never> {
    return {};
  }

  /** Shows a log nothing of the session: anyone who reads its key has it. */
  [inspect.custom](): string {
    return 'CacheSession {}';
  }

  /**
   * Resolves to all fields, Django's reserved ones included. The object inherits nothing, so that a name that
   * a visitor chose finds a field or nothing. Rejects with SessionUnavailableError.
   */
  async toObject(): Promise<Record<string, unknown>> {
    this.state.log.watch();
    const fields = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of Object.entries(await this.state.read())) define(fields, name, value);
    return fields;
  }

  /** Removes every field; the key stays. Rejects with SessionUnavailableError or SessionClosedError. */
  async clear(): Promise<void> {
    await this.state.read();
    this.open();
    this.state.clear();
  }

  /**
   * Moves the fields to a new key at once; the old key is no longer valid. `login` does that. Rejects with
   * SessionUnavailableError, SessionInterruptedError or SessionClosedError, and with CodecError for a field
   * that can't be written.
   */
  async cycleKey(): Promise<void> {
    this.open();
    await this.state.cycleKey();
  }

  /**
   * Ends the session at once: deletes its entry, its key and its fields. Rejects with SessionUnavailableError
   * or SessionClosedError.
   */
  async flush(): Promise<void> {
    this.open();
    await this.state.flush();
  }

  /**
   * Sets when the session ends: seconds after each save, 0 with the browser, at a moment, or null for what
   * the settings say. Takes effect at the next read, or at the end of the request. Throws
   * InvalidArgumentError for an end before 1970 or after the year 9999, SessionClosedError once the response
   * has left.
   */
  setExpiry(choice: ExpiryChoice): void {
    checkExpiry(choice, this.clock.wallMs());
    this.open();
    this.state.deferChange((data, keepsDates) => {
      if (choice === null) delete data[EXPIRY_FIELD];
      else data[EXPIRY_FIELD] = typeof choice === 'number' ? Math.trunc(choice) : storedExpiry(choice, keepsDates);
    });
  }

  /** Resolves to the whole seconds until the session ends. Rejects with SessionUnavailableError. */
  async getExpiryAge(): Promise<number> {
    return (await this.state.expiry()).ageSeconds;
  }

  /** Resolves to the moment the session ends. Rejects with SessionUnavailableError. */
  async getExpiryDate(): Promise<Date> {
    return (await this.state.expiry()).date;
  }

  /** Resolves to whether the session ends with the browser. Rejects with SessionUnavailableError. */
  async getExpireAtBrowserClose(): Promise<boolean> {
    return (await this.state.expiry()).atBrowserClose;
  }

  /**
   * Sets a field that proves at the next request that the browser keeps cookies. Rejects with
   * SessionUnavailableError or SessionClosedError.
   */
  async setTestCookie(): Promise<void> {
    await this.set(TEST_COOKIE, 'worked');
  }

  /** Resolves to whether the field of `setTestCookie` came back. Rejects with SessionUnavailableError. */
  async testCookieWorked(): Promise<boolean> {
    return (await this.get(TEST_COOKIE)) === 'worked';
  }

  /** Removes the field of `setTestCookie`. Rejects with SessionUnavailableError or SessionClosedError. */
  async deleteTestCookie(): Promise<void> {
    await this.delete(TEST_COOKIE);
  }

  private async write(field: string, change: (data: Record<string, unknown>) => unknown): Promise<void> {
    const data = await this.state.read();
    this.open();
    change(data);
    this.state.log.replace(field);
  }

  private open(): void {
    this.state.use();
    if (this.state.isClosed) throw new SessionClosedError();
  }
}
