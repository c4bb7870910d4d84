import { SessionInterruptedError } from '../../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { createUnderNewKey, endOriginal, type NewKey } from '../port/new-key.js';
import { isChanged, type SessionChanges } from '../port/session-changes.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { expiryOf, type SessionExpiry } from '../port/session-expiry.js';
import { acceptSessionKey } from '../port/session-key.js';
import { ChangeLog } from './change-log.js';
import { loadUnlessOutage, mapFailure, replaceOrMerge } from './stored-session.js';

/** Learns of the first use of a session: whatever sends the response has to hold it back from then on. */
export interface FirstUseListener {
  /** Called once, before the fields are read or changed. */
  onFirstUse(): void;
}

type DeferredChange = (data: SessionData, keepsDates: boolean) => void;

/** What one request knows of its session, and how that gets into the store. */
export class SessionState {
  /** What the request has done to the fields. */
  readonly log = new ChangeLog();
  private currentKey: string | undefined;
  private isAccessed = false;
  private hasResponseLeft = false;
  private isStoreDown = false;
  /** Private to the language: the response behind it must not show in the log of a session. */
  #firstUse: FirstUseListener | undefined;
  private data: SessionData | undefined;
  private stored: StoredSession | undefined;
  private loading: Promise<void> | undefined;
  /** Grows when the session becomes another one, so that the answer to an earlier load is dropped. */
  private epoch = 0;
  /** Saving, ending and changing keys happen one after the other. */
  private lastTurn: Promise<unknown> | undefined;
  /** The key belongs to a session that had already expired: nothing is stored under it. */
  private isReserved = false;
  private deferred: DeferredChange[] | undefined;

  constructor(
    private readonly engine: SessionEngine,
    private readonly config: SessionConfig,
    private readonly clock: Clock,
    /** The cookie's value as the request brought it; undefined when there was none. */
    readonly cookie: string | undefined,
  ) {
    this.currentKey = acceptSessionKey(cookie);
  }

  /** The key in the store; undefined for a visitor who has none. */
  get key(): string | undefined {
    return this.currentKey;
  }

  /** Whether the request has used its session. */
  get accessed(): boolean {
    return this.isAccessed;
  }

  /**
   * Whether SESSION_OUTAGE let the request go on without the store: nothing is saved, and the cookie stays.
   */
  get isOutage(): boolean {
    return this.isStoreDown;
  }

  /** Whether the response has left: nothing can be saved after that. */
  get isClosed(): boolean {
    return this.hasResponseLeft;
  }

  /** Notes that the response has left. */
  close(): void {
    this.hasResponseLeft = true;
  }

  /** Calls the listener once, before the fields are read or changed. */
  listenForFirstUse(listener: FirstUseListener): void {
    this.#firstUse = listener;
  }

  /** Notes that the request uses its session. */
  use(): void {
    if (this.isAccessed) return;
    this.isAccessed = true;
    this.#firstUse?.onFirstUse();
  }

  /** Gives the live fields, loaded at the first call. Rejects with SessionUnavailableError. */
  async read(): Promise<SessionData> {
    this.use();
    while (this.data === undefined) await (this.loading ??= this.load().finally(() => (this.loading = undefined)));
    const { deferred } = this;
    this.deferred = undefined;
    if (deferred) for (const change of deferred) change(this.data, this.engine.keepsDates);
    return this.data;
  }

  /** Works out when the session ends, from now on. Rejects with SessionUnavailableError. */
  async expiry(): Promise<SessionExpiry> {
    return this.expiryOf(await this.read());
  }

  /** Makes a change as soon as the fields are there, before anything else reads them. */
  deferChange(change: DeferredChange): void {
    this.use();
    this.log.write();
    (this.deferred ??= []).push(change);
  }

  /** Removes every field; the key stays. */
  clear(): void {
    this.data = {};
    this.log.clear();
  }

  /** Whether there is neither a key nor a field: a cookie that came along has to be deleted. */
  isEmpty(): boolean {
    return this.currentKey === undefined && Object.keys(this.data ?? {}).length === 0;
  }

  /**
   * Whether there is something to save: a write, or a nested change. Rejects with SessionUnavailableError.
   */
  async isModified(): Promise<boolean> {
    if (this.deferred) await this.read();
    return this.hasUnsavedChanges();
  }

  /** As isModified, without asking the store: changes that still wait for the fields count as made. */
  hasUnsavedChanges(): boolean {
    if (this.log.isWritten || !this.log.mayHaveChanged || !this.data) return this.log.isWritten;
    return isChanged(this.changes(this.data));
  }

  /**
   * Stores the session, under a new key when it has none, and merges with what other requests saved
   * meanwhile. Resolves to the expiry it was stored with. Rejects with SessionUnavailableError or
   * SessionInterruptedError, and with CodecError for a field that can't be written.
   */
  save(): Promise<SessionExpiry> {
    return this.serialize(async () => {
      const data = await this.read();
      if (this.isStoreDown) throw new SessionUnavailableError();
      const expiry = this.expiryOf(data);
      await this.saveFields(data, expiry.ageSeconds);
      this.log.saved();
      return expiry;
    });
  }

  /**
   * Moves the fields to a new key at once. Rejects with SessionUnavailableError, with CodecError for a field
   * that can't be written, and with SessionInterruptedError when the session was ended meanwhile: it must not
   * live on under another key.
   */
  cycleKey(): Promise<void> {
    return this.serialize(async () => {
      const data = await this.read();
      if (this.isStoreDown) throw new SessionUnavailableError();
      this.log.write();
      if (this.engine.seal) return;
      const old = this.isReserved ? undefined : this.currentKey;
      const copy = await createUnderNewKey(this.engine, data, this.expiryOf(data).ageSeconds);
      if (old !== undefined && !(await endOriginal(this.engine, old, copy))) {
        this.becomeAnonymous();
        throw new SessionInterruptedError();
      }
      this.adopt(copy);
    });
  }

  /**
   * Deletes the session from the store and forgets its key and fields. Rejects with SessionUnavailableError.
   */
  flush(): Promise<void> {
    this.use();
    return this.serialize(async () => {
      if (this.currentKey !== undefined) await this.engine.delete(this.currentKey);
      this.becomeAnonymous();
    });
  }

  private becomeAnonymous(): void {
    this.epoch += 1;
    this.adopt({ key: undefined, isReserved: false, stored: undefined });
    this.deferred = undefined;
    this.data = {};
    this.log.write();
  }

  /** What comes back counts only if the session was not ended, or given another key, meanwhile. */
  private async load(): Promise<void> {
    const { currentKey, epoch } = this;
    const found = currentKey === undefined ? undefined : await loadUnlessOutage(this.engine, currentKey, this.config);
    if (found === 'outage') this.isStoreDown = true;
    if (epoch !== this.epoch || this.data !== undefined) return;
    // An id that the store does not know is never adopted.
    if (!found && !this.isStoreDown) this.currentKey = undefined;
    this.stored = found === 'outage' ? undefined : found;
    this.data = this.stored?.data ?? {};
  }

  private async saveFields(data: SessionData, ageSeconds: number): Promise<void> {
    const { engine, currentKey } = this;
    if (engine.seal) {
      this.currentKey = engine.seal(data);
      return;
    }
    if (currentKey === undefined || this.isReserved) return this.adopt(await createUnderNewKey(engine, data, ageSeconds));
    await replaceOrMerge(engine, currentKey, {
      data,
      ageSeconds,
      stored: this.stored,
      changes: () => this.changes(data),
      updates: this.log.functions,
      ageOf: (merged) => this.expiryOf(merged).ageSeconds,
    });
    // What follows in this request begins from what the store holds.
    this.stored = undefined;
    this.data = undefined;
    this.log.forget();
  }

  private adopt({ key, isReserved, stored }: Omit<NewKey, 'key'> & { readonly key: string | undefined }): void {
    this.currentKey = key;
    this.isReserved = isReserved;
    this.stored = stored;
    this.log.forget();
  }

  private changes(data: SessionData): SessionChanges {
    return this.log.changes(this.stored?.pristine() ?? {}, data);
  }

  private expiryOf(data: SessionData): SessionExpiry {
    return expiryOf(data, this.config, this.clock.wallMs());
  }

  private serialize<T>(work: () => Promise<T>): Promise<T> {
    const run = this.lastTurn ? this.lastTurn.then(() => mapFailure(work)) : mapFailure(work);
    this.lastTurn = run.catch(() => undefined);
    return run;
  }
}
