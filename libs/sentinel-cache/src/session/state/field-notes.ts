import { changesBetween, type FieldUpdate, type SessionChanges } from '../port/session-changes.js';
import type { SessionData } from '../port/session-engine.js';

/** What one request was asked to do to the fields, so that it can be done again on top of what another request saved meanwhile. */
export class FieldNotes {
  private cleared = false;
  /** Set or removed by this request: what others store there has nothing to say any more. */
  private replaced: Set<string> | undefined;
  private updates: Map<string, FieldUpdate[]> | undefined;

  /** A function made the field. Made of a value of this request's own, the outcome counts and not the function. */
  noteUpdate(field: string, update: FieldUpdate): void {
    if (this.replaced?.has(field)) return;
    this.updates ??= new Map();
    this.updates.set(field, [...(this.updates.get(field) ?? []), update]);
  }

  noteReplaced(field: string): void {
    (this.replaced ??= new Set()).add(field);
    this.updates?.delete(field);
  }

  noteCleared(): void {
    this.forget();
    this.cleared = true;
  }

  /** The fields are stored, or are another session's. */
  forget(): void {
    this.cleared = false;
    this.replaced = undefined;
    this.updates = undefined;
  }

  /** What became of the fields since they were `before`. */
  changes(before: SessionData, after: SessionData): SessionChanges {
    return changesBetween(before, after, this.cleared);
  }

  /** The functions that made fields of what was stored. */
  functions(): ReadonlyMap<string, readonly FieldUpdate[]> | undefined {
    return this.updates;
  }
}
