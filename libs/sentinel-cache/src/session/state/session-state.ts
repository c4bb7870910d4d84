import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { SessionInterruptedError } from '../../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { FieldNotes } from './field-notes.js';
import { isChanged, type FieldUpdate, type SessionChanges } from '../port/session-changes.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { expiryAgeSeconds } from '../port/session-expiry.js';
import { createUnderNewKey, endOriginal, type NewKey } from '../port/new-key.js';
import { acceptSessionKey } from '../port/session-key.js';
import { replaceOrMerge } from './session-merge.js';

/** Who has to know that a request has to do with its session. */
export interface FirstUse {
  onFirstUse(): void;
}

type LateChange = (data: SessionData, keepsDates: boolean) => void;

/** What is known of a session during one request, and how it gets into the store. */
export class SessionState {
  key: string | undefined;
  accessed = false;
  /** Private to the language, since the response stands behind it: a session that is logged or sent shows none. */
  #firstUse: FirstUse | undefined;
  /** A field was written, whether or not it is another value now. */
  touched = false;
  /** The program holds a value that it can change: whether it did has to be looked at. */
  lent = false;
  /** The response has left. */
  closed = false;
  /** The store could not be asked, and SESSION_OUTAGE says to go on without: nothing is saved, the cookie stays. */
  outage = false;
  private data: SessionData | undefined;
  private stored: StoredSession | undefined;
  private loading: Promise<void> | undefined;
  /** Grows when the session becomes another one: what was asked before is not this one's any more. */
  private epoch = 0;
  /** Saving, ending and changing keys happen one after the other. */
  private turn: Promise<unknown> | undefined;
  /** A key was given to a session that is over already: nothing is stored under it. */
  private isReserved = false;
  private lateChanges: LateChange[] | undefined;
  private readonly notes = new FieldNotes();

  constructor(
    private readonly engine: SessionEngine,
    private readonly config: SessionConfig,
    private readonly clock: Clock,
    /** As the request brought it; undefined when there was none. */
    readonly cookie: string | undefined,
  ) {
    this.key = acceptSessionKey(cookie);
  }

  /** Told once, before the fields are asked for or changed: whoever sends the response has to hold it back from then on. */
  tellFirstUse(listener: FirstUse): void {
    this.#firstUse = listener;
  }

  /** From here on the request has to do with its session. */
  use(): void {
    if (this.accessed) return;
    this.accessed = true;
    this.#firstUse?.onFirstUse();
  }

  /** The fields, live: loaded at the first call. */
  async read(): Promise<SessionData> {
    this.use();
    while (this.data === undefined) await (this.loading ??= this.load().finally(() => (this.loading = undefined)));
    const late = this.lateChanges;
    this.lateChanges = undefined;
    if (late) for (const change of late) change(this.data, this.engine.keepsDates);
    return this.data;
  }

  /** A change that waits for the fields: made before the next one sees them. */
  later(change: LateChange): void {
    this.use();
    this.touched = true;
    (this.lateChanges ??= []).push(change);
  }

  noteUpdate(field: string, update: FieldUpdate): void {
    this.touched = true;
    this.lent = true;
    this.notes.noteUpdate(field, update);
  }

  /** A field was set to a value of its own, or removed. */
  noteReplaced(field: string): void {
    this.touched = true;
    this.lent = true;
    this.notes.noteReplaced(field);
  }

  clear(): void {
    this.data = {};
    this.notes.noteCleared();
    this.touched = true;
  }

  /** No key and no fields: a cookie that came along is to be deleted. */
  isEmpty(): boolean {
    return this.key === undefined && Object.keys(this.data ?? {}).length === 0;
  }

  /** Whether there is something to save: a write, or a nested change. */
  async isModified(): Promise<boolean> {
    if (this.lateChanges) await this.read();
    return this.touched || this.hasNestedChange();
  }

  /** What the program was given holds something else by now. */
  hasNestedChange(): boolean {
    return this.lent && this.data !== undefined && isChanged(this.changes(this.data));
  }

  /** Stores the session, under a new key when it has none; merges with what others saved meanwhile. */
  save(): Promise<void> {
    return this.inTurn(async () => {
      const data = await this.read();
      if (this.outage) throw new SessionUnavailableError();
      await this.saveFields(data);
      this.touched = false;
    });
  }

  /** SessionInterruptedError when the old session was ended meanwhile: it must not live on under another key. */
  cycleKey(): Promise<void> {
    return this.inTurn(async () => {
      const data = await this.read();
      if (this.outage) throw new SessionUnavailableError();
      this.touched = true;
      if (this.engine.seal) return;
      const old = this.isReserved ? undefined : this.key;
      const copy = await createUnderNewKey(this.engine, data, this.ageOf(data));
      if (old !== undefined && !(await endOriginal(this.engine, old, copy))) {
        this.end();
        throw new SessionInterruptedError();
      }
      this.adopt(copy);
    });
  }

  flush(): Promise<void> {
    this.use();
    return this.inTurn(async () => {
      if (this.key !== undefined) await this.engine.delete(this.key);
      this.end();
    });
  }

  private end(): void {
    this.epoch += 1;
    this.key = undefined;
    this.stored = undefined;
    this.isReserved = false;
    this.lateChanges = undefined;
    this.data = {};
    this.notes.forget();
    this.touched = true;
  }

  /** What comes back counts only if the session was not ended, or got another key, meanwhile. */
  private async load(): Promise<void> {
    const { key, epoch } = this;
    const stored = key === undefined ? undefined : await this.ask(key);
    if (epoch !== this.epoch || this.data !== undefined) return;
    // An id that the store does not know is never adopted.
    if (!stored && !this.outage) this.key = undefined;
    this.stored = stored;
    this.data = stored?.data ?? {};
  }

  private async ask(key: string): Promise<StoredSession | undefined> {
    try {
      return await this.engine.load(key);
    } catch (error) {
      if (this.config.outage !== 'anonymous' || !(error instanceof CacheUnavailableError))
        throw new SessionUnavailableError({ cause: error });
      this.outage = true;
      return undefined;
    }
  }

  private async saveFields(data: SessionData): Promise<void> {
    if (this.engine.seal) {
      this.key = this.engine.seal(data);
      return;
    }
    if (this.key === undefined || this.isReserved) {
      return this.adopt(await createUnderNewKey(this.engine, data, this.ageOf(data)));
    }
    await this.replaceOrMerge(this.key, data);
  }

  private async replaceOrMerge(key: string, data: SessionData): Promise<void> {
    await replaceOrMerge(this.engine, key, {
      data,
      stored: this.stored,
      changes: () => this.changes(data),
      updates: this.notes.functions(),
      ageOf: (fields) => this.ageOf(fields),
    });
    // What follows in this request begins from what the store holds.
    this.stored = undefined;
    this.data = undefined;
    this.notes.forget();
  }

  private adopt({ key, isReserved, stored }: NewKey): void {
    this.key = key;
    this.isReserved = isReserved;
    this.stored = stored;
    this.notes.forget();
  }

  private changes(data: SessionData): SessionChanges {
    return this.notes.changes(this.stored?.pristine() ?? {}, data);
  }

  private ageOf(data: SessionData): number {
    return expiryAgeSeconds(data, this.config, this.clock.wallMs());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.turn ? this.turn.then(() => this.asking(work)) : this.asking(work);
    this.turn = run.catch(() => undefined);
    return run;
  }

  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SessionInterruptedError || error instanceof SessionUnavailableError) throw error;
      throw new SessionUnavailableError({ cause: error });
    }
  }
}
