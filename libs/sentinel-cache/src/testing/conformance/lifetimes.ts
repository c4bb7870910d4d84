import assert from 'node:assert/strict';

import type { Backend } from '../../backends/port/backend.js';
import { assertLife, storeExpired, textOf, until, type Statement } from './under-test.js';

/** The longest `toLifetime` gives. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER - 10_000_000_000_000;

/** The first question that an expired entry meets, and its answer. */
const ABOUT_EXPIRED: readonly (readonly [what: string, ask: (backend: Backend) => Promise<unknown>, answer: unknown])[] = [
  ['get', (backend) => backend.get(':1:a'), null],
  ['getMany', (backend) => backend.getMany([':1:a']), [null]],
  ['getWithLife', (backend) => backend.getWithLife(':1:a'), null],
  ['getManyWithLife', (backend) => backend.getManyWithLife([':1:a']), [null]],
  ['getWithToken', async (backend) => (await backend.getWithToken(':1:a')).bytes, null],
  ['has', (backend) => backend.has(':1:a'), false],
  ['remaining', (backend) => backend.remaining(':1:a'), 'missing'],
  ['touch', (backend) => backend.touch(':1:a', 60_000), false],
  ['touch for ever', (backend) => backend.touch(':1:a', 'forever'), false],
  ['increment', (backend) => backend.increment(':1:a', 1n), null],
  ['expireAt', (backend) => backend.expireAt(':1:a', Number.MAX_SAFE_INTEGER), false],
  ['move', (backend) => backend.move(':1:a', ':2:a'), false],
  ['delete', (backend) => backend.delete([':1:a']), 0],
  ['deleteMatching', (backend) => backend.deleteMatching('*'), 0],
];

/** How long entries live. */
export function lifetimes(it: Statement): void {
  it('tells what is left of a life', async ({ backend }) => {
    assert.equal(await backend.remaining(':1:a'), 'missing');
    await backend.set(':1:a', 'A', 60_000, 'always');
    assertLife(await backend.remaining(':1:a'), 60_000);
    await backend.set(':1:a', 'A', 'forever', 'always');
    assert.equal(await backend.remaining(':1:a'), 'forever');
    await backend.set(':1:a', 'A', 120_000, 'always');
    assertLife(await backend.remaining(':1:a'), 120_000);
  });

  it('tells bytes and life together', async ({ backend }) => {
    assert.equal(await backend.getWithLife(':1:a'), null);
    await backend.set(':1:a', '', 60_000, 'always');
    const mortal = await backend.getWithLife(':1:a');
    assert.deepEqual(mortal?.bytes, Buffer.alloc(0));
    assertLife(mortal.life, 60_000);
    await backend.set(':1:a', Buffer.from([1, 0, 255]), 'forever', 'always');
    assert.deepEqual(await backend.getWithLife(':1:a'), { bytes: Buffer.from([1, 0, 255]), life: 'forever' });
  });

  it('gives a living entry a life of one millisecond at least', async (subject) => {
    const { backend } = subject;
    for (let round = 0; round < 10; round += 1) {
      await backend.set(':1:a', 'A', 3, 'always');
      await until(subject, ':1:a has expired', async () => {
        const found = await backend.getWithLife(':1:a');
        const life = await backend.remaining(':1:a');
        assert.ok(found === null || (typeof found.life === 'number' && found.life >= 1), `life: ${found?.life}`);
        assert.ok(life === 'missing' || (typeof life === 'number' && life >= 1), `remaining: ${life}`);
        return found === null;
      });
    }
  });

  it('keeps the longest lifetime there is', async ({ backend }) => {
    await backend.set(':1:a', 'A', LONGEST_MS, 'always');
    assertLife(await backend.remaining(':1:a'), LONGEST_MS);
    assert.equal(await backend.touch(':1:a', LONGEST_MS), true);
    assertLife((await backend.getWithLife(':1:a'))?.life, LONGEST_MS);
  });

  for (const [what, ask, answer] of ABOUT_EXPIRED) {
    it(`${what} finds no entry that has expired`, async (subject) => {
      await storeExpired(subject, ':1:a');
      assert.deepEqual(await ask(subject.backend), answer);
      assert.equal(await subject.backend.has(':1:a'), false);
    });
  }

  for (const ask of ['has', 'remaining', 'getMany', 'getWithLife'] as const) {
    it(`lets an entry expire that only ${ask} looks at`, async (subject) => {
      const { backend } = subject;
      await backend.setMany([[':1:a', 'A']], 20);
      await backend.set(':1:b', 'B', 60_000, 'always');
      await until(subject, ':1:a has expired', async () => {
        if (ask === 'getMany') return (await backend.getMany([':1:a']))[0] === null;
        const answer = await backend[ask](':1:a');
        return answer === null || answer === false || answer === 'missing';
      });
      assert.equal(await textOf(backend, ':1:b'), 'B');
    });
  }

  it('does not prolong a life by reading', async ({ backend, passTime }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    await passTime(20);
    await backend.get(':1:a');
    await backend.getMany([':1:a']);
    await backend.getWithToken(':1:a');
    assertLife(await backend.remaining(':1:a'), 60_000 - 20);
  });
}

/** A new life for an entry. */
export function touching(it: Statement): void {
  it('A-21: touch lengthens and shortens a life, and keeps the bytes', async ({ backend }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    for (const lifetime of [3_600_000, 30_000]) {
      assert.equal(await backend.touch(':1:a', lifetime), true);
      assertLife(await backend.remaining(':1:a'), lifetime);
    }
    assert.equal(await textOf(backend, ':1:a'), 'A');
  });

  it('A-21: touch makes an immortal entry mortal', async (subject) => {
    const { backend } = subject;
    await backend.set(':1:a', 'A', 'forever', 'always');
    assert.equal(await backend.touch(':1:a', 20), true);
    await until(subject, ':1:a has expired', async () => (await backend.get(':1:a')) === null);
  });

  it('A-21: touch for ever tells whether the entry was mortal', async ({ backend }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    assert.equal(await backend.touch(':1:a', 'forever'), true);
    assert.equal(await backend.remaining(':1:a'), 'forever');
    assert.equal(await backend.touch(':1:a', 'forever'), false);
    assert.equal(await textOf(backend, ':1:a'), 'A');
  });

  it('A-52: expireAt ends a life at a moment, and keeps the bytes', async ({ backend, wallMs = Date.now }) => {
    for (const before of [60_000, 'forever'] as const) {
      await backend.set(':1:a', 'A', before, 'always');
      assert.equal(await backend.expireAt(':1:a', Math.floor(wallMs()) + 3_600_000), true);
      assertLife(await backend.remaining(':1:a'), 3_600_000);
    }
    assert.equal(await textOf(backend, ':1:a'), 'A');
  });

  it('A-52: expireAt deletes at once when the moment is past, and tells that there was an entry', async ({
    backend,
    wallMs = Date.now,
  }) => {
    for (const moment of [1, Math.floor(wallMs()) - 60_000]) {
      await backend.set(':1:a', 'A', 60_000, 'always');
      assert.equal(await backend.expireAt(':1:a', moment), true);
      assert.equal(await backend.has(':1:a'), false);
      assert.equal(await backend.expireAt(':1:a', moment), false);
    }
    assert.equal(await backend.expireAt(':1:a', Math.floor(wallMs()) + 60_000), false);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('A-52: expireAt takes moments as far as JavaScript counts', async ({ backend }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    assert.equal(await backend.expireAt(':1:a', Number.MAX_SAFE_INTEGER), true);
    assert.equal(await textOf(backend, ':1:a'), 'A');
  });

  it('A-21: touch finds nothing where there is nothing, and makes nothing', async ({ backend }) => {
    assert.equal(await backend.touch(':1:a', 60_000), false);
    assert.equal(await backend.touch(':1:a', 'forever'), false);
    assert.equal(await backend.has(':1:a'), false);
  });
}
