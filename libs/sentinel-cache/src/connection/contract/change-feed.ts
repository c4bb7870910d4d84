/** A link that tells which keys change on one primary. What was read over it while it stood can be kept. */
export interface ChangeLink {
  /** Whether it stands, and reads go to its primary at this moment. */
  readonly isCurrent: boolean;
  /** Every change before this moment has been told, on the clock of `performance.now()`. */
  readonly toldUntilMs: number;
}

/** Gets what links tell. Called in the order of the changes; must not throw. */
export interface ChangeListener {
  /** The key may have changed or be gone. */
  onChange(key: string): void;
  /** Any key may have changed: a link stands anew or is gone, keys moved, or the database was emptied. */
  onAnyChange(): void;
}

/** What a client knows of changes under one prefix. */
export interface ChangeFeed {
  /** Returns the link that tells of this key, if it is current; undefined while there is none. */
  linkOf(key: string): ChangeLink | undefined;
}
