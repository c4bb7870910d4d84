/** Random programs of cache calls: what is issued in one turn of the event loop, and what happens between two turns. */

/** How a key begins: set by another program before the first call. */
export const KINDS = ['text', 'list', 'large', 'missing', 'expired'] as const;
export type Kind = (typeof KINDS)[number];

export type Call =
  | {
      readonly name:
        'get' | 'getOldVersion' | 'getWithToken' | 'has' | 'delete' | 'incr' | 'touch' | 'incrVersion' | 'push' | 'pttl';
      readonly key: string;
    }
  | { readonly name: 'set' | 'add' | 'setLarge'; readonly key: string; readonly value: number }
  | { readonly name: 'getMany'; readonly keys: readonly string[] };

/** One interleaving. */
export interface Program {
  /** Each key of the program and how it begins. */
  readonly keys: ReadonlyMap<string, Kind>;
  /** Keys that some call writes: they begin by a write of the cache itself. */
  readonly written: ReadonlySet<string>;
  readonly turns: readonly {
    readonly calls: readonly Call[];
    /** Whether the next turn begins when this one is answered, or in the next turn of the event loop, or right behind. */
    readonly next: 'answered' | 'turn' | 'microtask';
  }[];
}

/** What the keys of a deployment may do. */
export interface Grounds {
  /** Whether keys that begin by another program's hand are written, too. */
  readonly writesAll: boolean;
  /** Parts of keys; on a cluster those in braces share a slot. */
  readonly parts: readonly string[];
  /** Whether a key without such a part changes its version in one step. On a cluster it takes several, and others come in between. */
  readonly movesAny: boolean;
}

/** A seeded generator of numbers below a bound. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The program of a seed. */
export function programOf(seed: number, { writesAll, parts, movesAny }: Grounds): Program {
  const random = randomOf(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const keys = new Map<string, Kind>();
  for (let i = 0; i < 3 + random(8); i += 1) {
    // A user who is kept to `*ok*` may not have the others.
    keys.set(`${random(8) === 0 ? 'no' : 'ok'}:${seed}:${pick(parts)}:${i}`, pick(KINDS));
  }
  const names = [...keys.keys()];
  const writable = names.filter((_name, i) => writesAll || i % 2 === 0);
  const written = new Set<string>();
  const write = (): string => {
    const key = pick(writable);
    written.add(key);
    return key;
  };
  const call = (): Call => {
    const dice = random(100);
    if (dice < 62) return { name: 'get', key: pick(names) };
    if (dice < 66) return { name: pick(['getWithToken', 'has', 'pttl', 'getOldVersion'] as const), key: pick(names) };
    if (dice < 68) return { name: 'getMany', keys: [pick(names), pick(names)] };
    if (dice < 82) return { name: 'set', key: write(), value: random(1000) };
    if (dice < 84) return { name: 'setLarge', key: write(), value: random(10) };
    if (dice < 91) return { name: 'delete', key: write() };
    if (dice < 93) return { name: 'add', key: write(), value: random(1000) };
    const key = write();
    const name = pick(['incr', 'touch', 'incrVersion', 'push'] as const);
    return { name: name === 'incrVersion' && !movesAny && !key.includes('{') ? 'incr' : name, key };
  };
  const turns = Array.from({ length: 1 + random(5) }, () => ({
    calls: Array.from({ length: 1 + random(random(3) === 0 ? 40 : 8) }, call),
    next: pick(['answered', 'turn', 'microtask'] as const),
  }));
  return { keys, written, turns };
}
