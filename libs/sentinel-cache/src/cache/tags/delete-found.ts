import { isUtf8 } from 'node:buffer';

import type { Backend } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { halfDone } from '../../backends/port/fan-out.js';
import { isLeaseName } from '../../keys/lease-name.js';
import { entryOfName, isTagName } from '../../keys/tag-names.js';

/** Where keys that a scan has found are deleted. */
export interface FoundIn {
  readonly alias: string;
  /** Has entries, and what belongs to their tags. */
  readonly inner: Pick<Backend, 'delete' | 'command' | 'has'>;
  /** Deletes entries together with their companions. Resolves to the number of those that were there. */
  readonly delete: (keys: readonly string[]) => Promise<number>;
}

/**
 * Deletes what one round of a scan found. Resolves to the number of entries. Entries go first: a companion
 * that outlives its entry does no harm.
 */
export async function deleteFound(at: FoundIn, batch: readonly Buffer[], options?: CallOptions): Promise<number> {
  const names = batch.filter((key) => isUtf8(key)).map(String);
  const leases = batch.filter(isLeaseName).map(String);
  if (leases.length > 0) await at.inner.delete(leases, options);
  const deleted = await at.delete(names.filter((name) => !isTagName(name) && !leases.includes(name)));
  return afterDeletion(at.alias, deleted, async () => {
    await at.inner.delete(await deletable(at, names.filter(isTagName), options), options);
    let unreadable = 0;
    for (const key of batch)
      if (!isUtf8(key) && !isLeaseName(key)) unreadable += Number(await at.inner.command('UNLINK', [key], options));
    return deleted + unreadable;
  });
}

/**
 * Returns the names that may go: an entry that stays keeps its companion, which a pattern may match alone.
 * Generations may always go: that ends entries, and revives none.
 */
async function deletable({ inner }: FoundIn, names: readonly string[], options?: CallOptions): Promise<string[]> {
  const stays = await Promise.all(
    names.map(async (name) => {
      const entry = entryOfName(name);
      return entry !== name && inner.has(entry, { ...options, fresh: true });
    }),
  );
  return names.filter((_name, i) => !stays[i]);
}

/** Makes the rest of a call that has deleted something: its error must not say that nothing was. */
export async function afterDeletion<T>(alias: string, deleted: number, rest: () => Promise<T>): Promise<T> {
  try {
    return await rest();
  } catch (error) {
    throw deleted > 0 ? halfDone(error, { alias, done: 1, of: 2 }) : error;
  }
}
