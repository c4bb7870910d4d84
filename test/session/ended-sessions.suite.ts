import { beforeAll, describe, expect, it } from '@jest/globals';

import { SessionInterruptedError } from '../../libs/sentinel-cache/src/errors/session-interrupted.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import type { SessionEngine } from '../../libs/sentinel-cache/src/session/port/session-engine.js';
import { createSessionKey } from '../../libs/sentinel-cache/src/session/port/session-key.js';
import type { EngineHarness } from './engines.suite.js';

const AGE = 1000;

/** Part of the suite of the engines: what was ended, or was over before it began, stays so. */
export function describeEndedSessions(started: () => EngineHarness): void {
  describe('ended sessions', () => {
    let harness: EngineHarness;
    let engine: SessionEngine;
    let peer: SessionEngine;
    beforeAll(() => {
      harness = started();
      ({ engine, peer } = harness);
    });
    const session = (key?: string, on = engine) => new CacheSession(on, harness.config, harness.clock, key);

    async function stored(data: Record<string, unknown> = { n: 1 }): Promise<string> {
      const key = createSessionKey();
      expect(await engine.create(key, data, AGE)).toBe(true);
      return key;
    }

    it('S-25: a new session that is over before it began is not stored', async () => {
      for (const choice of [-10, new Date(harness.clock.wallMs() - 1)]) {
        const s = session();
        await s.set('foo', 'bar');
        s.setExpiry(choice);
        await s.state.save();
        expect([await engine.exists(s.sessionKey!), await peer.load(s.sessionKey!)]).toEqual([false, undefined]);
        s.setExpiry(60);
        await s.state.save();
        expect((await peer.load(s.sessionKey!))!.data).toMatchObject({ foo: 'bar' });
      }
    });

    it('S-25: one that is over when its key is cycled is not stored under the new one either', async () => {
      const key = await stored({ n: 1 });
      const s = session(key);
      s.setExpiry(-10);
      await s.cycleKey();
      expect([await peer.exists(key), await peer.exists(s.sessionKey!)]).toEqual([false, false]);
    });

    it('of many that end a session at once, one is told that it did', async () => {
      const key = await stored();
      const told = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? engine : peer).delete(key)));
      expect(told.filter(Boolean)).toHaveLength(1);
    });

    it('S-47: a session that was ended does not come back under a new key', async () => {
      const key = await stored({ user: 7 });
      const created: string[] = [];
      const watched = Object.create(engine) as SessionEngine;
      watched.create = (...args) => (created.push(args[0]), engine.create(...args));
      const slow = session(key, watched);
      await slow.get('user');
      await session(key, peer).flush();
      await expect(slow.cycleKey()).rejects.toThrow(SessionInterruptedError);
      expect([slow.sessionKey, await slow.toObject(), created.length]).toEqual([undefined, {}, 1]);
      expect([await peer.exists(created[0]!), await peer.load(created[0]!)]).toEqual([false, undefined]);
    });
  });
}
