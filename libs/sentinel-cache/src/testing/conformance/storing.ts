import assert from 'node:assert/strict';

import { storeExpired, textOf, type Statement } from './under-test.js';

const KEYS: readonly (readonly [what: string, key: string])[] = [
  ['letters of many scripts', ':1:käse-ключ-鍵-🔑'],
  ['a space, a line break and a NUL', ':1:a b\r\nc\0d'],
  ['quotes and braces', `:1:"a" 'b' {c} $d %s`],
  ['nothing at all', ''],
  ['ten thousand characters', `:1:${'k'.repeat(10_000)}`],
];
const FIVE_MEGABYTES = 5 * 1024 * 1024;

/** What is stored is what is read. */
export function storing(it: Statement): void {
  it('misses what was never stored', async ({ backend }) => {
    assert.equal(await backend.get(':1:a'), null);
    assert.equal(await backend.get(':1:a', { fresh: true }), null);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('gives every byte back as it was', async ({ backend, peer }) => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    assert.equal(await backend.set(':1:a', bytes, 60_000, 'always'), true);
    assert.deepEqual(await backend.get(':1:a'), bytes);
    assert.deepEqual(await peer.get(':1:a', { fresh: true }), bytes);
    assert.equal(await backend.has(':1:a'), true);
  });

  it('writes text as UTF-8', async ({ backend }) => {
    await backend.set(':1:a', 'ä€🔑\0', 60_000, 'always');
    assert.deepEqual(await backend.get(':1:a'), Buffer.from('ä€🔑\0', 'utf8'));
  });

  it('keeps no bytes as an entry, not as a miss', async ({ backend }) => {
    await backend.set(':1:a', Buffer.alloc(0), 60_000, 'always');
    await backend.set(':1:b', '', 60_000, 'always');
    assert.deepEqual(await backend.getMany([':1:a', ':1:b']), [Buffer.alloc(0), Buffer.alloc(0)]);
    assert.equal(await backend.has(':1:a'), true);
  });

  it('keeps five megabytes', async ({ backend }) => {
    const bytes = Buffer.from(Uint8Array.from({ length: FIVE_MEGABYTES }, (_, index) => (index * 31) % 256));
    await backend.set(':1:a', bytes, 60_000, 'always');
    assert.ok((await backend.get(':1:a'))?.equals(bytes));
  });

  for (const [what, key] of KEYS) {
    it(`takes a key of ${what}`, async ({ backend }) => {
      await backend.set(key, 'value', 60_000, 'always');
      assert.equal(await textOf(backend, key), 'value');
      assert.equal(await backend.deleteMatching('*'), 1);
      assert.equal(await backend.get(key), null);
    });
  }

  it('tells keys apart that only look alike', async ({ backend }) => {
    await backend.set(':1:\u00e9', 'composed', 60_000, 'always');
    assert.equal(await backend.get(':1:e\u0301'), null);
    assert.equal(await backend.get(':1:\u00c9'), null);
  });

  it('replaces an entry', async ({ backend }) => {
    await backend.set(':1:a', 'old and long', 60_000, 'always');
    assert.equal(await backend.set(':1:a', 'new', 60_000, 'always'), true);
    assert.equal(await textOf(backend, ':1:a'), 'new');
  });

  it('keeps the stored bytes when a caller changes the buffers that went in and came out', async ({ backend }) => {
    const given = Buffer.from('stored');
    await backend.set(':1:a', given, 60_000, 'always');
    await backend.setMany([[':1:b', given]], 60_000);
    await backend.compareAndSet(':1:c', (await backend.getWithToken(':1:c')).token, given, 60_000);
    given.fill('x');
    for (const key of [':1:a', ':1:b', ':1:c']) {
      (await backend.get(key))?.fill('y');
      (await backend.getMany([key]))[0]?.fill('y');
      (await backend.getWithLife(key))?.bytes.fill('y');
      (await backend.getWithToken(key)).bytes?.fill('y');
      assert.equal(await textOf(backend, key), 'stored');
    }
  });
}

/** `nx` and `xx`. */
export function conditions(it: Statement): void {
  it('nx stores where there is nothing', async ({ backend }) => {
    assert.equal(await backend.set(':1:a', 'first', 60_000, 'nx'), true);
    assert.equal(await textOf(backend, ':1:a'), 'first');
  });

  it('nx leaves an entry and its life alone', async ({ backend }) => {
    await backend.set(':1:a', 'first', 'forever', 'always');
    assert.equal(await backend.set(':1:a', 'second', 60_000, 'nx'), false);
    assert.equal(await textOf(backend, ':1:a'), 'first');
    assert.equal(await backend.remaining(':1:a'), 'forever');
  });

  it('nx stores in place of an expired entry', async (subject) => {
    await storeExpired(subject, ':1:a');
    assert.equal(await subject.backend.set(':1:a', 'new', 60_000, 'nx'), true);
    assert.equal(await textOf(subject.backend, ':1:a'), 'new');
  });

  it('nx lets exactly one of many callers through, and keeps its bytes', async ({ backend, peer }) => {
    const callers = Array.from({ length: 40 }, (_, index) =>
      (index % 2 ? peer : backend).set(':1:a', `caller ${index}`, 60_000, 'nx'),
    );
    const stored = await Promise.all(callers);
    assert.equal(stored.filter(Boolean).length, 1);
    assert.equal((await backend.get(':1:a', { fresh: true }))?.toString(), `caller ${stored.indexOf(true)}`);
  });

  it('xx stores nothing where there is nothing', async ({ backend }) => {
    assert.equal(await backend.set(':1:a', 'value', 60_000, 'xx'), false);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('xx stores nothing in place of an expired entry', async (subject) => {
    await storeExpired(subject, ':1:a');
    assert.equal(await subject.backend.set(':1:a', 'value', 60_000, 'xx'), false);
    assert.equal(await subject.backend.has(':1:a'), false);
  });

  it('xx replaces an entry and its life', async ({ backend }) => {
    await backend.set(':1:a', 'first', 60_000, 'always');
    assert.equal(await backend.set(':1:a', 'second', 'forever', 'xx'), true);
    assert.equal(await textOf(backend, ':1:a'), 'second');
    assert.equal(await backend.remaining(':1:a'), 'forever');
  });
}
