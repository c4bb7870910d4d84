import type { ClientChange } from './contract/client-event.js';

/** Sentinels that go or come back within this time share one line. */
const TOGETHER_MS = 250;

type Joined = 'sentinel-lost' | 'sentinel-back';

const TITLES: Readonly<Record<Joined, string>> = { 'sentinel-lost': 'sentinels are gone', 'sentinel-back': 'sentinels are back' };

/** Diagnoses of the sentinels themselves: the losses that led to them need no line of their own. */
const SAYS_IT_ALL: ReadonlySet<unknown> = new Set(['no-sentinel', 'sentinel-auth']);

/**
 * Writes one line where several sentinels go or come back at the same time: a network that breaks is one
 * change, not three. All other changes are written at once.
 */
export class SentinelLogBatcher {
  private readonly waiting = new Map<Joined, ClientChange[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (change: ClientChange) => void) {}

  /** Writes a change, or keeps it for up to 250 ms. */
  add(change: ClientChange): void {
    const { kind } = change;
    if (kind === 'sentinel-lost' || kind === 'sentinel-back') return this.gather(kind, change);
    if (kind === 'diagnosis' && SAYS_IT_ALL.has(change.reason)) this.waiting.delete('sentinel-lost');
    this.write(change);
  }

  /** Writes what waits. No timer remains. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const gathered = [...this.waiting];
    this.waiting.clear();
    for (const [kind, changes] of gathered) this.write(joined(kind, changes));
  }

  private gather(kind: Joined, change: ClientChange): void {
    this.waiting.set(kind, [...(this.waiting.get(kind) ?? []), change]);
    this.#timer ??= setTimeout(() => this.flush(), TOGETHER_MS).unref();
  }
}

function joined(kind: Joined, changes: readonly ClientChange[]): ClientChange {
  const [first] = changes;
  if (changes.length === 1) return first!;
  const messages = changes.map(({ message }) => message).join(' ');
  return { ...first!, message: `${changes.length} ${TITLES[kind]}: ${messages}` };
}
