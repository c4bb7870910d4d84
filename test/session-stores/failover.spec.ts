import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '../connection/until.js';
import { replicated, startSentinelFixture, type LogLine, type SentinelFixture } from '../failover/sentinel-fixture.js';
import { LIBRARIES } from './support/stores.js';
import { Visitor } from './support/visitor.js';

const VISITORS = 20;
/** Of each visitor, on either primary. */
const CLICKS = 10;

let at: SentinelFixture;
beforeEach(async () => {
  at = await startSentinelFixture();
});
afterEach(() => at.stop());

/** When it began, and when it was acknowledged. */
interface Click {
  readonly startedAtMs: number;
  readonly atMs: number;
}

/** A visitor who clicks, and what he was told. */
class Clicker {
  readonly strange: unknown[] = [];
  /** The click that made it `n`. */
  private acknowledged: Click[] = [];
  /** Clicks that were acknowledged and are gone. */
  readonly lost: Click[] = [];

  constructor(
    readonly visitor: Visitor,
    readonly user: string,
  ) {}

  get clicks(): number {
    return this.acknowledged.length;
  }

  async click(): Promise<void> {
    const startedAtMs = performance.now();
    const { status, body } = await this.visitor.get('/count');
    const n = Number(body['n']);
    if (status !== 200 || body['user'] !== this.user || !(n <= this.clicks + 1)) {
      this.strange.push({ status, body, clicks: this.clicks });
      return;
    }
    this.lost.push(...this.acknowledged.slice(n - 1));
    this.acknowledged = [...this.acknowledged.slice(0, n - 1), { startedAtMs, atMs: performance.now() }];
  }
}

it.each(LIBRARIES)(
  '%s through a planned failover: nobody is logged out, no click is lost outside Sentinel´s own window',
  async (_, library) => {
    const app = await library.app(at.cache, { maxAge: 600_000 });
    const clickers = Array.from({ length: VISITORS }, (__, i) => new Clicker(new Visitor(app.origin), `user-${i}`));
    await Promise.all(clickers.map(({ visitor, user }) => visitor.get(`/login?user=${user}`)));

    let isOver = false;
    const clicking = clickers.map(async (clicker) => {
      while (!isOver) await clicker.click().then(() => pause(10));
    });
    const clicked = async (): Promise<void> => {
      const already = clickers.map(({ clicks }) => clicks);
      await until(() => clickers.every(({ clicks }, i) => clicks >= already[i]! + CLICKS));
    };
    await clicked();
    const before = at.topology.primary.address;
    const orderedAtMs = performance.now();
    await replicated(at.topology);
    await at.topology.failover();
    const moved = (): LogLine | undefined => at.log.find(({ message }) => message.includes('the primary is now'));
    await until(moved);
    await clicked();
    isOver = true;
    await Promise.all(clicking);
    const shown = await Promise.all(clickers.map(async ({ visitor }) => (await visitor.get('/me')).body));
    await app.close();

    expect(at.topology.primary.address).not.toBe(before);
    expect(clickers.flatMap(({ strange }) => strange)).toEqual([]);
    const lost = clickers.flatMap((clicker) => clicker.lost);
    expect(lost.filter(({ startedAtMs, atMs }) => atMs < orderedAtMs || startedAtMs > moved()!.atMs)).toEqual([]);
    expect(shown.map(({ user, n }) => [user, n])).toEqual(clickers.map(({ user, clicks }) => [user, clicks]));
  },
);
