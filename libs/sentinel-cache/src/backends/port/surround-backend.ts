import type { OperationName } from '../../telemetry/operation-event.js';
import type { Backend } from './backend.js';
import type { LeaseStore } from './lease-store.js';
import type { LockStore } from './lock-store.js';
import type { StructureStore } from './structure-store.js';
import type { EntryTags } from './tag-store.js';

/** Entries that a call may change. */
export interface Changes {
  /** Their stored keys; `any`: the call does not name them. */
  readonly keys: readonly string[] | 'any';
  /** Whether their bytes stay, and only their lives change. Default: false. */
  readonly livesOnly?: boolean;
  /** Tags whose entries end. Omitted: none. */
  readonly tags?: readonly string[];
}

/** One call of a backend, as telemetry names it. */
export interface BackendCall {
  readonly operation: OperationName;
  /** Number of keys that it names; 0 where that is unknown. */
  readonly keys: number;
  /** For a lookup, what its result is. Omitted: it is no lookup. */
  readonly finds?: 'flag' | 'entry' | 'entries' | 'token';
  /** Whether a command on a set, hash or sorted set writes. Omitted for other calls. */
  readonly writes?: boolean;
  /** What may be different afterwards. Omitted: no entry. Leases and generations of tags are none. */
  readonly changes?: Changes;
}

/** What stands around the calls of a backend. */
export interface Surround {
  /** Whether `run` is to be called at the moment; otherwise the call is made directly. */
  isActive(): boolean;
  /** Makes the call, or does something else in its place. */
  run<T>(call: BackendCall, make: () => Promise<T>): Promise<T>;
}

type Method<Store> = Extract<keyof { [K in keyof Store as Store[K] extends Asks ? K : never]: true }, string>;
type Asks = (...args: never[]) => Promise<unknown>;
type Describe = (...args: never[]) => BackendCall;

const one = (operation: OperationName, finds?: BackendCall['finds']): Describe => {
  const call: BackendCall = Object.freeze(finds ? { operation, keys: 1, finds } : { operation, keys: 1 });
  return () => call;
};
const many =
  (operation: OperationName, finds?: BackendCall['finds']): Describe =>
  (keys: readonly unknown[]) => ({ operation, keys: keys.length, ...(finds ? { finds } : {}) });
const all = (operation: OperationName): Describe => {
  const call: BackendCall = Object.freeze({ operation, keys: 0 });
  return () => call;
};
const write =
  (operation: OperationName) =>
  (key: string): BackendCall => ({ operation, keys: 1, changes: { keys: [key] } });
const newLife: Describe = (key: string) => ({ operation: 'touch', keys: 1, changes: { keys: [key], livesOnly: true } });
const [set, add] = [write('set'), write('add')];
const CLEAR: BackendCall = Object.freeze({ operation: 'clear', keys: 0, changes: Object.freeze({ keys: 'any' }) });
/** Commands whose arguments need not name what they change. */
const UNNAMED = /^(EVAL|EVALSHA|FCALL|FLUSHALL|FLUSHDB|SWAPDB)$/i;
/** Commands that leave what is stored as it is: they read it, or give it a new life. */
const KEEPING: ReadonlySet<string> = new Set(
  (
    'EXISTS TYPE DUMP OBJECT MEMORY TOUCH TTL PTTL EXPIRETIME PEXPIRETIME EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST ' +
    'GET MGET GETEX GETRANGE SUBSTR STRLEN GETBIT BITCOUNT BITPOS LCS HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSCAN ' +
    'LRANGE LLEN LINDEX LPOS SMEMBERS SISMEMBER SMISMEMBER SCARD SSCAN SRANDMEMBER ZRANGE ZSCORE ZCARD ZCOUNT ZRANK ZSCAN'
  ).split(' '),
);

const CALLS: Readonly<Record<Exclude<Method<Backend>, 'refused'>, Describe>> = {
  get: one('get', 'entry'),
  getMany: many('getMany', 'entries'),
  getWithLife: one('get', 'entry'),
  getManyWithLife: many('getMany', 'entries'),
  getWithToken: one('getWithToken', 'token'),
  set: (key: string, _bytes: unknown, _lifetime: unknown, condition: string) => (condition === 'nx' ? add : set)(key),
  setMany: (entries: readonly (readonly [key: string, ...rest: unknown[]])[]) => ({
    operation: 'setMany',
    keys: entries.length,
    changes: { keys: entries.map(([key]) => key) },
  }),
  compareAndSet: write('compareAndSet'),
  delete: (keys: readonly string[]) => ({ operation: 'delete', keys: keys.length, changes: { keys } }),
  has: one('has', 'flag'),
  touch: newLife,
  expireAt: newLife,
  increment: write('incr'),
  move: (from: string, to: string) => ({ operation: 'incrVersion', keys: 1, changes: { keys: [from, to] } }),
  remaining: one('ttl'),
  deleteMatching: () => CLEAR,
  deleteAll: () => CLEAR,
  command: (name: string, args: readonly unknown[]) => ({ operation: 'command', keys: 0, changes: changesOf(name, args) }),
};

function changesOf(command: string, args: readonly unknown[]): Changes {
  if (UNNAMED.test(command)) return { keys: 'any' };
  // Any argument may be a key.
  const keys = args.map(String);
  return KEEPING.has(command.toUpperCase()) ? { keys, livesOnly: true } : { keys };
}

const LOCK_CALLS: Readonly<Record<keyof LockStore, Describe>> = {
  claim: write('lock'),
  holds: one('has'),
  isTaken: one('has'),
  renew: write('extendLock'),
  drop: write('unlock'),
};

const TAG_CALLS: Readonly<Record<keyof EntryTags, Describe>> = {
  stamp: many('stampTags'),
  invalidate: (tags: readonly string[]) => ({ operation: 'invalidateTags', keys: tags.length, changes: { keys: [], tags } }),
};
const LEASE_CALLS: Readonly<Record<Exclude<keyof LeaseStore, 'listen'>, Describe>> = {
  claim: one('lock'),
  renew: one('extendLock'),
  store: write('compareAndSet'),
  release: one('unlock'),
  end: many('unlock'),
};

const KEYS = all('keys')();
const COMMAND = Object.freeze({ operation: 'command', keys: 1, writes: false } as const);

/**
 * Returns the same backend with each call made through `surround`; a scan batch by batch. Calls of companions
 * are not: they are steps of a backend with tags, whose own calls are.
 */
export function surroundBackend(inner: Backend, surround: Surround): Backend {
  const through = <T>(call: BackendCall, make: () => Promise<T>): Promise<T> =>
    surround.isActive() ? surround.run(call, make) : make();
  const structures: StructureStore = {
    run: (command, options) => {
      if (!surround.isActive()) return inner.structures.run(command, options);
      const { kind, keys } = command;
      const call = { operation: 'command', keys: keys.length, writes: kind === 'write' } as const;
      const changing = kind === 'write' ? { ...call, changes: { keys } } : call;
      return surround.run(changing, () => inner.structures.run(command, options));
    },
    scan: (scan) => eachBatch(inner.structures.scan(scan), (next) => through(COMMAND, next)),
  };
  const entries: Omit<Backend, Exclude<Method<Backend>, 'refused'>> = {
    readsMayLag: inner.readsMayLag,
    ...(inner.clock ? { clock: inner.clock } : {}),
    locks: surrounded(inner.locks, LOCK_CALLS, surround),
    leases: {
      ...surrounded(inner.leases, LEASE_CALLS, surround),
      listen: (key, wake) => inner.leases.listen(key, wake),
    },
    structures,
    companions: inner.companions,
    ...(inner.tags ? { tags: surrounded(inner.tags, TAG_CALLS, surround) } : {}),
    refused: (write, options) => {
      const refused = inner.refused?.<never>(write, options);
      if (!refused || !surround.isActive()) return refused;
      return surround.run({ operation: write.operation, keys: write.keys.length }, () => refused);
    },
    scan: (pattern, options) => eachBatch(inner.scan(pattern, options), (next) => through(KEYS, next)),
  };
  return { ...entries, ...surrounded(inner, CALLS, surround) } as Backend;
}

/**
 * Goes through batches, each fetched by `take`, so that the time between two batches is the caller's. Ends
 * early when `take` resolves to undefined.
 */
export async function* eachBatch<Batch>(
  inner: AsyncIterable<Batch>,
  take: (next: () => Promise<IteratorResult<Batch>>) => Promise<IteratorResult<Batch> | undefined>,
): AsyncGenerator<Batch, void, void> {
  const batches = inner[Symbol.asyncIterator]();
  const next = (): Promise<IteratorResult<Batch>> => batches.next();
  try {
    for (;;) {
      const batch = await take(next);
      if (!batch || batch.done) return;
      yield batch.value;
    }
  } finally {
    await batches.return?.();
  }
}

/**
 * Binds the methods once, with five parameters each: collecting them in an array would cost each call more
 * than all the rest.
 */
function surrounded<Store extends object, Name extends string>(
  inner: Store,
  calls: Readonly<Record<Name, Describe>>,
  surround: Surround,
): Store {
  const methods: Record<string, AnyMethod> = {};
  for (const [name, describe] of Object.entries(calls) as [string, AnyMethod][]) {
    const method = ((inner as Record<string, unknown>)[name] as AnyMethod).bind(inner);
    methods[name] = (a, b, c, d, e) => {
      if (!surround.isActive()) return method(a, b, c, d, e);
      return surround.run(describe(a, b, c, d, e) as BackendCall, () => method(a, b, c, d, e) as Promise<unknown>);
    };
  }
  return methods as Store;
}

type AnyMethod = (a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => unknown;
