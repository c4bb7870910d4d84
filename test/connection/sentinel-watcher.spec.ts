import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SentinelWatcher } from '../../libs/sentinel-cache/src/connection/sentinel/observe/sentinel-watcher.js';
import { HostResolver } from '../../libs/sentinel-cache/src/connection/wire/host-resolver.js';
import { until } from '../cache/support/waiting.js';
import type { Address } from '../hostile/support/resp-server.js';
import { startRogueSentinel, switchOf, type RogueSentinel } from '../hostile/support/rogue-sentinel.js';
import { sentinelsAt } from './connection-config.js';

const [A, B] = [6001, 6002].map((port) => ({ host: '127.0.0.1', port })) as [Address, Address];
const KNOWN = { primary: A, replicas: [B], sentinels: [], id: 'of-none', epoch: 1 };

describe('what most sentinels have left, whoever announces it', () => {
  let sentinels: RogueSentinel[];
  let watcher: SentinelWatcher;
  beforeEach(async () => {
    sentinels = await Promise.all([1, 2, 3].map((i) => startRogueSentinel(() => ({ ...KNOWN, id: `id${i}` }))));
    const setup = {
      config: sentinelsAt(sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))),
      hosts: new HostResolver(),
      callDeadlineMs: 10_000,
    };
    watcher = new SentinelWatcher(
      setup,
      () => undefined,
      () => undefined,
    );
    watcher.start();
  });
  afterEach(async () => {
    watcher.close();
    await Promise.all(sentinels.map((one) => one.stop()));
  });
  const named = () => watcher.reports().map(({ answer }) => (answer.kind === 'address' ? answer.address.port : undefined));

  it('is not led back to, and each report tells since when its sentinel names its primary', async () => {
    await until('all name A', () => named().join() === [A, A, A].map(({ port }) => port).join());
    const before = watcher.reports().map(({ sinceMs }) => sinceMs!);
    for (const one of sentinels.slice(0, 2)) one.lie({ claims: () => ({ primary: B, replicas: [A] }) });
    await until('most name B', () => named().join() === [B, B, A].map(({ port }) => port).join());
    expect(watcher.reports().map(({ sinceMs }, i) => sinceMs! > before[i]!)).toEqual([true, true, false]);
    const liar = sentinels[2]!;
    liar.lie({ announces: () => [switchOf(B, A)], everyMs: 50 });
    const asked = liar.asked();
    await until('it has been heard', () => liar.announced() > 10 && liar.asked() > asked + 1);
    expect(watcher.announcements()).toEqual([]);
  });
});
