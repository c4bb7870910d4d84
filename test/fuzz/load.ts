import type { SentinelCache } from 'nestjs-sentinel-cache';

import type { Ground } from './ground.js';
import type { Ledger } from './ledger.js';

/** 100 calls a second. */
const EVERY_MS = 10;
/** So that nothing is left of an hour: longer than a round and the audit after the next one. */
const LIFETIME = '15m';
/** How often a session is saved again when another request was faster, and the number is given up then. */
const SESSION_TRIES = 5;

/** What a session of the load holds: the numbers of those who saved it. */
export interface Session {
  readonly seen: readonly number[];
}

/** Open loop: a call every 10 ms, whether the last ones were answered or not, of every sort that callers make. */
export class Load {
  private sequence = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly strict: SentinelCache;
  private readonly tolerant: SentinelCache;
  private readonly turns: readonly ((sequence: number) => void)[];

  constructor(
    { strict, tolerant }: Ground,
    private readonly ledger: Ledger,
  ) {
    this.strict = strict;
    this.tolerant = tolerant;
    const read = (sequence: number): void => this.read(sequence);
    this.turns = [this.push, this.set, this.increment, this.add, this.push, read, this.set, this.tolerate, this.save, read];
  }

  start(): void {
    this.timer = setInterval(() => {
      const sequence = this.sequence++;
      this.turns[sequence % this.turns.length]!.call(this, sequence);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private key(name: string): string {
    return this.ledger.prefix + name;
  }

  private push(sequence: number): void {
    this.ledger.follow('push', sequence, this.strict.command('RPUSH', this.strict.makeKey(this.key('list')), sequence));
  }

  private set(sequence: number): void {
    this.ledger.follow('set', sequence, this.strict.set(this.key(`w${sequence}`), sequence, LIFETIME));
  }

  private add(sequence: number): void {
    // Nobody else has this number.
    const call = this.strict.add(this.key(`w${sequence}`), sequence, LIFETIME);
    this.ledger.follow('add', sequence, call, (added) => added || 'add of a key that nobody else has said false');
  }

  private increment(sequence: number): void {
    this.ledger.follow('incr', sequence, this.strict.command('INCR', this.strict.makeKey(this.key('counter'))));
  }

  /** Another number than the key's own would be the reply to somebody else's question. */
  private read(sequence: number): void {
    const [older, newer] = [Math.max(0, sequence - 100), Math.max(0, sequence - 4)];
    const wrong = (value: unknown, own: number): boolean => value !== undefined && value !== own;
    if (sequence % 20 < 10) {
      this.ledger.follow('read', sequence, this.strict.get(this.key(`w${newer}`)), (value) =>
        wrong(value, newer) ? `read ${String(value)} from the key of ${newer}` : true,
      );
      return;
    }
    const keys = [older, newer].map((number) => this.key(`w${number}`));
    this.ledger.follow('read', sequence, this.strict.getMany(keys), (found) =>
      wrong(found.get(keys[0]!), older) || wrong(found.get(keys[1]!), newer) ? 'getMany mixed its values up' : true,
    );
  }

  /** What a cache may be asked that must never fail its caller. */
  private tolerate(sequence: number): void {
    const key = this.key(`t${sequence - (sequence % 20)}`);
    if (sequence % 20 < 10) this.ledger.follow('tolerant', sequence, this.tolerant.set(key, key, LIFETIME));
    else
      this.ledger.follow('tolerant', sequence, this.tolerant.get(key), (value) =>
        value === undefined || value === key ? true : `read ${String(value)} from the key ${key}`,
      );
  }

  /** As a session is saved: read, change, put back only if nobody was faster. */
  private save(sequence: number): void {
    this.ledger.follow('session', sequence, this.saveSession(sequence), (saved) => saved);
  }

  private async saveSession(sequence: number): Promise<boolean> {
    const key = this.key('session');
    for (let tries = 0; tries < SESSION_TRIES; tries += 1) {
      const { value, token } = await this.strict.getWithToken<Session>(key);
      const seen = value?.seen ?? [];
      if (seen.includes(sequence)) throw new Error(`session: ${sequence} was told that it was not saved, and is there`);
      if (await this.strict.compareAndSet(key, token, { seen: [...seen, sequence] }, LIFETIME)) return true;
    }
    return false;
  }
}
