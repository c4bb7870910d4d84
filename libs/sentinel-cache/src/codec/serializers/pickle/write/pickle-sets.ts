import { Unwritable } from '../../unserializable-value.js';
import type { AtomSink } from './pickle-atoms.js';

const BATCH = 1000;

/** What the writer of sets needs of the writer of all. */
export interface SetSink extends AtomSink {
  /** Pushes a set member. */
  saveKey(value: unknown, depth: number): void;
}

/** Pushes a set (EMPTY_SET, ADDITEMS). */
export function writeSet(set: ReadonlySet<unknown>, depth: number, sink: SetSink): void {
  const { out } = sink;
  if (sink.protocol < 4) {
    writeOldSet('set', set, depth, sink);
    return sink.remember(set);
  }
  out.byte(0x8f); // EMPTY_SET
  sink.remember(set);
  writeItems(set, depth, sink, 0x28, 0x90); // MARK, ADDITEMS
}

/** Pushes a frozenset; the caller gives it its memo number. */
export function writeFrozenSet(set: ReadonlySet<unknown>, depth: number, sink: SetSink): void {
  if (sink.protocol < 4) return writeOldSet('frozenset', set, depth, sink);
  sink.out.byte(0x28); // MARK
  writeItems(set, depth, sink);
  sink.out.byte(0x91); // FROZENSET
}

/** Protocols 2 and 3 have no sets: `set([...])`. */
function writeOldSet(name: string, set: ReadonlySet<unknown>, depth: number, sink: SetSink): void {
  const { out } = sink;
  sink.global('builtins', name);
  out.byte(0x5d); // EMPTY_LIST
  out.memoize();
  if (set.size === 1) {
    writeItems(set, depth, sink);
    out.byte(0x61); // APPEND
  } else writeItems(set, depth, sink, 0x28, 0x65); // MARK, APPENDS
  sink.tuple(1);
  out.byte(0x52); // REDUCE
}

function writeItems(set: ReadonlySet<unknown>, depth: number, sink: SetSink, before?: number, after?: number): void {
  let at = 0;
  for (const item of set) {
    if (before !== undefined && at % BATCH === 0) sink.out.byte(before);
    try {
      sink.saveKey(item, depth + 1);
    } catch (error) {
      throw Unwritable.within(error, `.member(${at})`);
    }
    sink.out.boundary();
    at++;
    if (after !== undefined && (at % BATCH === 0 || at === set.size)) sink.out.byte(after);
  }
}
