import { describe, expect, it } from '@jest/globals';

import { Tuple } from '../../libs/sentinel-cache/src/codec/values/tuple.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import type { SessionEngine } from '../../libs/sentinel-cache/src/session/port/session-engine.js';
import { createSessionKey } from '../../libs/sentinel-cache/src/session/port/session-key.js';
import type { EngineHarness } from './engines.suite.js';

/** Names that every object answers to. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'isPrototypeOf'];

/** What may stand where a session should; engines of JSON can't hold the second half. */
function notDicts(holdsAll: boolean): readonly unknown[] {
  const json = [7, 0, 2n ** 70n, 1.5, true, false, '', 'text', '{"n":1}', [], [1, 2], [['n', 1]]];
  return holdsAll ? [...json, Buffer.from('n'), new Set([1]), new Date(0), Tuple.of(1, 2)] : json;
}

const AGE = 1000;

/** Part of the suite of the engines: what somebody else may have stored, and names that a visitor may choose. */
export function describeHostileEntries(harness: () => EngineHarness): void {
  describe('hostile entries', () => {
    const session = (key?: string, on?: SessionEngine) =>
      new CacheSession(on ?? harness().engine, harness().config, harness().clock, key);
    const over = (key: string) => session(key, harness().peer);

    /** Stores anything, as a program without manners would. */
    async function stored(data: unknown): Promise<string> {
      const key = createSessionKey();
      expect(await harness().engine.create(key, data as never, AGE)).toBe(true);
      return key;
    }

    it('an entry that is no dict is no session: reading, writing, renewing and logging in are 503, ending works', async () => {
      const { engine, peer } = harness();
      for (const planted of notDicts(engine.keepsDates)) {
        const key = await stored(planted);
        await expect(engine.load(key)).rejects.toThrow(CodecError);
        const uses: ((s: CacheSession) => Promise<unknown>)[] = [
          (s) => s.get('n'),
          (s) => s.has('0'),
          (s) => s.set('n', 1),
          (s) => s.update('n', () => 1),
          (s) => s.delete('length'),
          (s) => s.toObject(),
          (s) => s.clear(),
          (s) => s.cycleKey(),
          (s) => s.getExpiryAge(),
          (s) => (s.setExpiry(5), s.state.save()),
        ];
        for (const use of uses) await expect(use(session(key))).rejects.toMatchObject({ statusCode: 503 });
        expect((await engine.exists(key)) && (await peer.delete(key))).toBe(true);
      }
    });

    it('whatever a field is called, it is a field: nothing that all objects inherit', async () => {
      const { engine } = harness();
      const key = await stored({ n: 1 });
      for (const name of INHERITED) {
        const s = session(key);
        const before = [await s.get(name), await s.has(name), await s.delete(name), (await s.toObject())[name]];
        expect(before).toEqual([undefined, false, false, undefined]);
        const seen: unknown[] = [];
        await s.update(name, (current) => (seen.push(current), { isAdmin: true }));
        // Another request is faster, so that the function runs again.
        const other = over(key);
        await other.update<number>('n', (n) => n! + 1);
        await other.state.save();
        await s.state.save();
        expect(seen).toEqual([undefined, undefined]);
        const next = over(key);
        expect([await next.get(name), Object.hasOwn(await next.toObject(), name)]).toEqual([{ isAdmin: true }, true]);
        expect(await next.delete(name)).toBe(true);
        await next.state.save();
        expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
      }
      expect((await engine.load(key))!.data).toEqual({ n: 1 + INHERITED.length });
    });

    it('update on top of what this request cleared, removed or set starts from that', async () => {
      const add = (n: number | undefined): number => (n ?? 0) + 1;
      const ways: [(s: CacheSession) => Promise<unknown>, number][] = [
        [(s) => s.clear(), 1],
        [(s) => s.delete('n'), 1],
        [(s) => s.set('n', 10), 11],
      ];
      for (const [way, expected] of ways) {
        const key = await stored({ n: 5 });
        const s = session(key);
        await s.get('n');
        const other = over(key);
        await other.set('n', 7);
        await other.state.save();
        await way(s);
        await s.update('n', add);
        await s.state.save();
        expect(await over(key).get('n')).toBe(expected);
      }
    });

    it.each([1e15, -1e15, 2n ** 70n, Number.MAX_VALUE, 'soon', '300', [], { a: 1 }, true, '9999-12-31T23:59:59+00:00'])(
      'an expiry of %p that somebody stored is a session all the same, or over',
      async (expiry) => {
        const s = session(await stored({ n: 1, _session_expiry: expiry }));
        expect(Number.isSafeInteger(await s.getExpiryAge())).toBe(true);
        const fresh = session();
        await fresh.set('n', 1);
        await fresh.set('_session_expiry', expiry);
        await fresh.state.save();
        const isOver = (await fresh.getExpiryAge()) <= 0;
        expect(await harness().peer.exists(fresh.sessionKey!)).toBe(!isOver);
      },
    );
  });
}
