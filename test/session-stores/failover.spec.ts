import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startSentinelFixture, type SentinelFixture } from '../failover/sentinel-fixture.js';
import { LIBRARIES } from './support/stores.js';
import { Visitor } from './support/visitor.js';

const VISITORS = 20;
/** After Sentinel has named the new primary, what is acknowledged stays. */
const SETTLED_MS = 500;

let at: SentinelFixture;
beforeEach(async () => {
  at = await startSentinelFixture();
});
afterEach(() => at.stop());

/** A visitor who clicks, and what he was told. */
class Clicker {
  readonly strange: unknown[] = [];
  /** When the click that made it `n` was acknowledged. */
  private acknowledged: number[] = [];
  /** Clicks that were acknowledged and are gone. */
  readonly lost: number[] = [];

  constructor(
    readonly visitor: Visitor,
    readonly user: string,
  ) {}

  get clicks(): number {
    return this.acknowledged.length;
  }

  async click(): Promise<void> {
    const { status, body } = await this.visitor.get('/count');
    const n = Number(body['n']);
    if (status !== 200 || body['user'] !== this.user || !(n <= this.clicks + 1)) {
      this.strange.push({ status, body, clicks: this.clicks });
      return;
    }
    this.lost.push(...this.acknowledged.slice(n - 1));
    this.acknowledged = [...this.acknowledged.slice(0, n - 1), performance.now()];
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
    await pause(300);
    const before = at.topology.primary.address;
    const orderedAtMs = performance.now();
    const failover = at.topology.failover();
    const change = await at.recording.firstSwitch('mymaster', { timeoutMs: 60_000 });
    await failover;
    await pause(1500);
    isOver = true;
    await Promise.all(clicking);
    const shown = await Promise.all(clickers.map(async ({ visitor }) => (await visitor.get('/me')).body));
    await app.close();

    expect(at.topology.primary.address).not.toBe(before);
    expect(clickers.flatMap(({ strange }) => strange)).toEqual([]);
    expect(Math.min(...clickers.map(({ clicks }) => clicks))).toBeGreaterThan(20);
    const lost = clickers.flatMap((clicker) => clicker.lost);
    expect(lost.filter((atMs) => atMs < orderedAtMs || atMs > change.at + SETTLED_MS)).toEqual([]);
    expect(shown.map(({ user, n }) => [user, n])).toEqual(clickers.map(({ user, clicks }) => [user, clicks]));
  },
  120_000,
);
