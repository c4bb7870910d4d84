import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSentinelFixture, type SentinelFixture } from '../failover/sentinel-fixture.js';
import { LIBRARIES } from './support/stores.js';
import { Visitor } from './support/visitor.js';

const VISITORS = 20;

let at: SentinelFixture;
beforeAll(async () => {
  at = await startSentinelFixture();
}, 20_000);
afterAll(() => at.stop(), 20_000);

it.each(LIBRARIES)(
  '%s through a planned failover: nobody is logged out, no acknowledged click is lost',
  async (_, library) => {
    const app = await library.app(at.cache, { maxAge: 600_000 });
    const visitors = Array.from({ length: VISITORS }, () => new Visitor(app.origin));
    const clicks = visitors.map(() => 0);
    const strange: unknown[] = [];
    await Promise.all(visitors.map((visitor, i) => visitor.get(`/login?user=user-${i}`)));

    let isOver = false;
    const clicking = visitors.map(async (visitor, i) => {
      while (!isOver) {
        const { status, body } = await visitor.get('/count');
        if (status === 200 && body['user'] === `user-${i}` && body['n'] === clicks[i]! + 1) clicks[i]! += 1;
        else strange.push({ i, status, body, clicks: clicks[i] });
        await pause(10);
      }
    });
    await pause(300);
    const before = at.topology.primary.address;
    await at.topology.failover();
    await pause(1500);
    isOver = true;
    await Promise.all(clicking);

    expect(at.topology.primary.address).not.toBe(before);
    expect(strange).toEqual([]);
    expect(Math.min(...clicks)).toBeGreaterThan(20);
    for (const [i, visitor] of visitors.entries())
      expect((await visitor.get('/me')).body).toMatchObject({ user: `user-${i}`, n: clicks[i] });
    await app.close();
  },
  40_000,
);
