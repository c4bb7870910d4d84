import assert from 'node:assert/strict';

import type { Backend, ScanOptions } from '../../backends/port/backend.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { storeExpired, type Statement } from './under-test.js';

async function found(backend: Backend, pattern: string, options?: ScanOptions): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const batch of backend.scan(pattern, options)) for (const key of batch) keys.add(String(key));
  return keys;
}

async function storeThousands(backend: Backend): Promise<string[]> {
  const keys = Array.from({ length: 3000 }, (_, index) => `${index % 2 ? 'odd' : 'even'}:1:${index}`);
  await backend.setMany(
    keys.map((key) => [key, '']),
    'forever',
  );
  return keys;
}

/** Going through keys. */
export function scanning(it: Statement): void {
  it('A-54: finds every matching key, and no other', async ({ backend, peer }) => {
    const keys = await storeThousands(backend);
    const odd = keys.filter((key) => key.startsWith('odd'));
    assert.deepEqual(await found(backend, 'odd:*'), new Set(odd));
    assert.deepEqual(await found(peer, '*', { count: 7 }), new Set(keys));
    assert.deepEqual(await found(backend, 'none:*'), new Set());
  });

  it('A-54: finds no expired key', async (subject) => {
    await storeExpired(subject, ':1:gone');
    await subject.backend.set(':1:a', 'A', 60_000, 'always');
    assert.deepEqual(await found(subject.backend, '*'), new Set([':1:a']));
  });

  it('A-54: comes in batches of about the size that was asked for, not all at once', async ({ backend }) => {
    await storeThousands(backend);
    const sizes: number[] = [];
    for await (const batch of backend.scan('*', { count: 10 })) sizes.push(batch.length);
    assert.ok(sizes.length > 100, `${sizes.length} batches`);
    assert.ok(Math.max(...sizes) < 200, `a batch of ${Math.max(...sizes)}`);
  });

  it('A-54: asks for no more than the caller takes, and can be left', async ({ backend }) => {
    await storeThousands(backend);
    for await (const batch of backend.scan('*', { count: 10 })) {
      assert.ok(batch.length > 0);
      break;
    }
  });

  it('A-54: finds what stays, while entries come, go and are read', async ({ backend }) => {
    const keys = await storeThousands(backend);
    const seen = new Set<string>();
    let come = 0;
    for await (const batch of backend.scan('even:*', { count: 100 })) {
      for (const key of batch) seen.add(String(key));
      for (const key of batch) await backend.get(String(key));
      await backend.delete([`odd:1:${2 * come + 1}`]);
      await backend.set(`even:new:${come}`, '', 60_000, 'always');
      come += 1;
      assert.ok(come < 3000, 'it comes to an end');
    }
    for (const key of keys) assert.ok(key.startsWith('odd') || seen.has(key), key);
  });

  it('finds nothing for a caller who has given up, before and in between', async ({ backend }) => {
    const aborted = (error: unknown) => {
      assert.ok(error instanceof CacheUnavailableError, `expected a CacheUnavailableError, got ${String(error)}`);
      assert.equal(error.reason, 'aborted');
      return true;
    };
    await assert.rejects(found(backend, '*', { signal: AbortSignal.abort(new Error('enough')) }), aborted);
    await storeThousands(backend);
    const enough = new AbortController();
    const inBetween = async () => {
      for await (const batch of backend.scan('*', { count: 10, signal: enough.signal })) if (batch.length) enough.abort();
    };
    await assert.rejects(inBetween(), aborted);
  });

  it('A-55: deletes with a batch size of its own, and can be stopped half-way', async ({ backend }) => {
    await storeThousands(backend);
    assert.equal(await backend.deleteMatching('odd:*', { count: 13 }), 1500);
    assert.equal((await found(backend, '*')).size, 1500);
  });
}
