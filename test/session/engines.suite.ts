import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { SessionInterruptedError } from '../../libs/sentinel-cache/src/errors/session-interrupted.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import type { SessionEngine } from '../../libs/sentinel-cache/src/session/port/session-engine.js';
import { createSessionKey } from '../../libs/sentinel-cache/src/session/port/session-key.js';
import type { AuthConfig, SessionConfig } from '../../libs/sentinel-cache/src/settings/shapes/resolved-settings.js';
import { resolveSettings } from '../../libs/sentinel-cache/src/settings/resolve-settings.js';
import type { Clock } from '../../libs/sentinel-cache/src/time/clock.js';
import { describeEndedSessions } from './ended-sessions.suite.js';
import { describeHostileEntries } from './hostile-entries.suite.js';

/** An engine under test, and what the suite must be able to do around it. */
export interface EngineHarness {
  readonly engine: SessionEngine;
  /** Another engine over the same store, as another process has one. */
  readonly peer: SessionEngine;
  readonly config: SessionConfig;
  readonly clock: Clock;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Puts something that can't be read where the session of a key is. */
  damage(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface EngineTraits {
  /** Keys are a-z0-9 or no keys. */
  readonly strictKeys: boolean;
  /** Compare-and-set holds between processes. */
  readonly atomicBetweenProcesses: boolean;
}

export const SECRET_KEY = 'contract-secret-key';
const AGE = 1000;

/** Resolved SESSION_* and SECRET_KEY, of settings as a user writes them. */
export function sessionSettings(settings: Record<string, unknown>): { config: SessionConfig; auth: AuthConfig } {
  const { sessions, auth } = resolveSettings({ SECRET_KEY, ...settings });
  return { config: sessions!, auth };
}

/** The one suite of all engines that have a store. */
export function describeEngine(name: string, traits: EngineTraits, start: () => Promise<EngineHarness>): void {
  describe(`engine ${name}`, () => {
    let harness: EngineHarness;
    let engine: SessionEngine;
    let peer: SessionEngine;
    beforeAll(async () => {
      harness = await start();
      ({ engine, peer } = harness);
    });
    afterAll(() => harness?.close());
    const session = (key?: string, on = engine) => new CacheSession(on, harness.config, harness.clock, key);

    /** A stored session's key. */
    async function stored(data: Record<string, unknown> = { n: 1 }, age = AGE): Promise<string> {
      const key = createSessionKey();
      expect(await engine.create(key, data, age)).toBe(true);
      return key;
    }

    it('S-46: knows nothing of a key that was never stored', async () => {
      const key = createSessionKey();
      expect(await engine.load(key)).toBeUndefined();
      expect(await engine.exists(key)).toBe(false);
      expect(await engine.replace(key, 'any', { n: 1 }, AGE)).toBe(false);
      expect(await engine.replace(key, '{}', { n: 1 }, AGE)).toBe(false);
      expect(await engine.delete(key)).toBe(false);
      expect(await peer.load(key)).toBeUndefined();
    });

    it('S-4, S-7: gives back what was stored, to other processes too', async () => {
      const data = {
        text: 'héllo \u{1f600}\0"\\: , {"a": 1}',
        nested: { list: [1, 2.5, null, true, { deep: [] }], empty: {} },
        big: 2n ** 70n,
        _auth_user_id: '42',
        long: 'x'.repeat(10_000),
      };
      Object.defineProperty(data, '__proto__', { value: 'own', enumerable: true, configurable: true, writable: true });
      const key = await stored(data);
      for (const reader of [engine, peer]) {
        const found = await reader.load(key);
        expect(found!.data).toStrictEqual(data);
        expect(Object.hasOwn(found!.data, '__proto__')).toBe(true);
      }
      expect(await engine.exists(key)).toBe(true);
    });

    it('keeps a second copy that changes of the first do not reach', async () => {
      const key = await stored({ cart: [1] });
      for (const reader of [engine, engine]) {
        const found = await reader.load(key);
        (found!.data['cart'] as number[]).push(2);
        expect(found!.pristine()).toEqual({ cart: [1] });
      }
    });

    it('S-5: stores {}', async () => {
      const key = await stored({});
      expect((await engine.load(key))!.data).toEqual({});
      expect((await peer.load(key))!.data).toEqual({});
    });

    it('S-1, S-23: takes no key that is taken', async () => {
      const key = await stored({ mine: 1 });
      expect(await peer.create(key, { theirs: 1 }, AGE)).toBe(false);
      expect((await engine.load(key))!.data).toEqual({ mine: 1 });
    });

    it('S-28: replaces exactly the state of the token, once', async () => {
      const key = await stored({ n: 1 });
      const first = (await engine.load(key))!.token;
      const same = (await peer.load(key))!.token;
      expect(await engine.replace(key, first, { n: 2 }, AGE)).toBe(true);
      expect(await peer.replace(key, same, { n: 3 }, AGE)).toBe(false);
      expect((await engine.load(key))!.data).toEqual({ n: 2 });
      expect((await peer.load(key))!.data).toEqual({ n: 2 });
    });

    it('of many that replace one state at once, one does', async () => {
      const key = await stored({ n: 1 });
      const { token } = (await engine.load(key))!;
      const engines = traits.atomicBetweenProcesses ? [engine, peer] : [engine];
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, n) => engines[n % engines.length]!.replace(key, token, { n: n + 10 }, AGE)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      const { data } = (await peer.load(key))!;
      expect(data).toEqual({ n: won.indexOf(true) + 10 });
      expect((await engine.load(key))!.data).toEqual(data);
    });

    it('S-47: a session that was ended is not saved any more', async () => {
      const key = await stored({ n: 1 });
      const { token } = (await engine.load(key))!;
      await peer.delete(key);
      expect(await engine.load(key)).toBeUndefined();
      expect(await engine.replace(key, token, { n: 2 }, AGE)).toBe(false);
      expect([await engine.exists(key), await peer.exists(key)]).toEqual([false, false]);
      expect(await peer.load(key)).toBeUndefined();
    });

    it('S-25, S-31: what is over is no session, is not saved, and is cleared away', async () => {
      const key = await stored({ n: 1, _session_expiry: 1 }, 1);
      const living = await stored({ n: 2 });
      const { token } = (await engine.load(key))!;
      await harness.pass(1100);
      expect(await engine.load(key)).toBeUndefined();
      expect(await engine.replace(key, token, { n: 2, _session_expiry: 1 }, 1)).toBe(false);
      await engine.clearExpired();
      expect(await engine.exists(key)).toBe(false);
      expect((await peer.load(living))!.data).toEqual({ n: 2 });
    });

    it('S-26: an expiry at a moment is what it was', async () => {
      const s = session();
      const moment = new Date(harness.clock.wallMs() + 5678);
      s.setExpiry(moment);
      await s.set('n', 1);
      await s.state.save();
      expect((await session(s.sessionKey, peer).getExpiryDate()).getTime()).toBe(moment.getTime());
    });

    it('an undecodable session is an error, never an empty one (S-48)', async () => {
      const key = await stored({ n: 1 });
      await harness.damage(key);
      await expect(engine.load(key)).rejects.toThrow(CodecError);
      await expect(session(key).get('n')).rejects.toMatchObject({ statusCode: 503 });
      expect(await engine.exists(key)).toBe(true);
      expect(await engine.delete(key)).toBe(true);
      expect(await engine.load(key)).toBeUndefined();
    });

    it('a session that somebody damages while the request runs is a 503 for the request that saves', async () => {
      const key = await stored({ n: 1 });
      const s = session(key);
      await s.set('n', 2);
      await harness.damage(key);
      await expect(s.state.save()).rejects.toMatchObject({ statusCode: 503, cause: { code: CodecError.code } });
    });

    it('a field that can´t be written is the CodecError that says why, no 503; what was stored stays', async () => {
      const key = await stored({ n: 1 });
      const uses: ((s: CacheSession) => Promise<unknown>)[] = [(s) => s.state.save(), (s) => s.cycleKey()];
      for (const use of uses) {
        for (const s of [session(key), session()]) {
          await s.set('oops', () => 1);
          await expect(use(s)).rejects.toMatchObject({
            code: CodecError.code,
            message: expect.stringMatching(/a function is no value/),
          });
        }
      }
      expect((await engine.load(key))!.data).toEqual({ n: 1 });
    });

    describeHostileEntries(() => harness);
    describeEndedSessions(() => harness);

    it('requests that write different fields at once all survive', async () => {
      const key = await stored({ base: 1 });
      const requests = Array.from({ length: 10 }, () => session(key));
      await Promise.all(requests.map((request) => request.get('base')));
      await Promise.all(
        requests.map(async (request, i) => {
          await request.set(`field${i}`, i);
          await request.state.save();
        }),
      );
      expect(Object.keys((await peer.load(key))!.data).toSorted()).toEqual(
        ['base', ...requests.map((_, i) => `field${i}`)].toSorted(),
      );
    });

    it('S-47: a request whose session was ended meanwhile is interrupted', async () => {
      const key = await stored({ n: 1 });
      const slow = session(key);
      await slow.set('late', 1);
      await session(key, peer).flush();
      await expect(slow.state.save()).rejects.toThrow(SessionInterruptedError);
      expect(await engine.load(key)).toBeUndefined();
    });

    it('S-23: a cycled key leaves nothing under the old one', async () => {
      const key = await stored({ n: 1 });
      const s = session(key);
      await s.cycleKey();
      expect(await peer.load(key)).toBeUndefined();
      expect((await peer.load(s.sessionKey!))!.data).toEqual({ n: 1 });
    });

    if (traits.strictKeys) {
      it('S-32: keys of other letters than a-z0-9 are no keys', async () => {
        const key = await stored({ n: 1 });
        const others = [
          '../../../etc/passwd',
          key.toUpperCase(),
          `${key} `,
          `${key}\0`,
          `x/${key}`,
          'ключключ',
          'a'.repeat(41),
          "' OR 1=1 --",
        ];
        for (const other of others) {
          if (other === key) continue;
          expect(await engine.load(other)).toBeUndefined();
          expect(await engine.exists(other)).toBe(false);
          expect(await engine.create(other, { n: 2 }, AGE)).toBe(false);
          expect(await engine.replace(other, 'x', { n: 2 }, AGE)).toBe(false);
          await engine.delete(other);
        }
        expect((await engine.load(key))!.data).toEqual({ n: 1 });
      });
    }
  });
}
