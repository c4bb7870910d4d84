import { changesBetween, type FieldUpdate, type SessionChanges } from '../port/session-changes.js';
import type { SessionData } from '../port/session-engine.js';

/**
 * Records what one request does to the fields, so that it can be done again on top of what another request
 * saved meanwhile.
 */
export class ChangeLog {
  private written = false;
  private watched = false;
  private cleared = false;
  /** Fields that this request set or removed: what others store there no longer matters. */
  private replaced: Set<string> | undefined;
  private updates: Map<string, FieldUpdate[]> | undefined;

  /** Whether a field was written since the last save, whether or not it has another value now. */
  get isWritten(): boolean {
    return this.written;
  }

  /** Whether the program holds a value that it can change in place: then the fields have to be compared. */
  get mayHaveChanged(): boolean {
    return this.watched;
  }

  /** The functions that made fields of what was stored, by field, in order. */
  get functions(): ReadonlyMap<string, readonly FieldUpdate[]> | undefined {
    return this.updates;
  }

  /** Records that the program holds a value that it can change in place. */
  watch(): void {
    this.watched = true;
  }

  /** Records that there is something to save. */
  write(): void {
    this.written = true;
  }

  /**
   * Records that a function made a field of its value. Of a field that this request replaced the outcome
   * counts, not the function.
   */
  update(field: string, update: FieldUpdate): void {
    this.written = this.watched = true;
    if (this.replaced?.has(field)) return;
    this.updates ??= new Map();
    this.updates.set(field, [...(this.updates.get(field) ?? []), update]);
  }

  /** Records that a field was set to a new value, or removed. */
  replace(field: string): void {
    this.written = this.watched = true;
    (this.replaced ??= new Set()).add(field);
    this.updates?.delete(field);
  }

  /** Records that every field was removed. */
  clear(): void {
    this.forget();
    this.written = true;
    this.cleared = true;
  }

  /** Records that nothing is left to save. */
  saved(): void {
    this.written = false;
  }

  /** Forgets single changes: the fields are stored, or are those of another session. */
  forget(): void {
    this.cleared = false;
    this.replaced = undefined;
    this.updates = undefined;
  }

  /** Compares the fields with what they were before. */
  changes(before: SessionData, after: SessionData): SessionChanges {
    return changesBetween(before, after, this.cleared);
  }
}
