import { tracingChannel } from 'node:diagnostics_channel';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import type { OperationEvent } from '../../telemetry/operation-event.js';
import { describeBackend } from '../../testing/backend-conformance.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { observedBackend } from './observed-backend.js';

function build() {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxEntries: 10_000, cullFrequency: 3, clock });
  const backend = observedBackend(new MemoryBackend(store, 'default'), 'default');
  return { clock, backend, peer: new MemoryBackend(store, 'other') };
}

const create = async () => {
  const { clock, backend, peer } = build();
  return {
    backend,
    peer,
    passTime: async (ms: number) => clock.advance(ms),
    wallMs: () => clock.wallMs(),
    close: async () => {},
  };
};
const runner = { describe, it, beforeAll, afterAll };

describeBackend(runner, 'ObservedBackend, unobserved', create);

describe('while somebody listens', () => {
  const operations = tracingChannel<unknown, OperationEvent>('nestjs-sentinel-cache:operation');
  const events: OperationEvent[] = [];
  const ignore = (): void => {};
  const listeners = {
    start: ignore,
    end: ignore,
    asyncStart: ignore,
    asyncEnd: (event: OperationEvent): void => void events.push(event),
    error: ignore,
  };
  beforeAll(() => operations.subscribe(listeners));
  afterAll(() => {
    operations.unsubscribe(listeners);
  });

  describeBackend(runner, 'ObservedBackend', create);

  it('tells every operation by its name, with keys counted, never named', async () => {
    const { backend } = build();
    events.length = 0;
    await backend.set('secret-a', 'secret-v', 'forever', 'always');
    await backend.set('secret-a', 'secret-v', 'forever', 'nx');
    await backend.get('secret-a');
    await backend.get('secret-b');
    await backend.getWithLife('secret-a');
    await backend.getMany(['secret-a', 'secret-b', 'secret-c']);
    const { token } = await backend.getWithToken('secret-a');
    await backend.compareAndSet('secret-a', token, 'secret-w', 'forever');
    await backend.setMany([['secret-n', '1']], 'forever');
    await backend.increment('secret-n', 1n);
    await backend.has('secret-z');
    await backend.touch('secret-n', 1000);
    await backend.expireAt('secret-n', 1e13);
    await backend.move('secret-n', 'secret-m');
    for await (const batch of backend.scan('secret-*')) expect(batch).toHaveLength(2);
    await backend.remaining('secret-n');
    await backend.delete(['secret-a', 'secret-n']);
    await backend.deleteMatching('*');
    await backend.command('PING', []).catch(() => undefined);
    const told = events.map(({ operation, keys, outcome }) => `${operation} ${keys} ${outcome}`);
    expect(told).toEqual([
      'set 1 done',
      'add 1 done',
      'get 1 hit',
      'get 1 miss',
      'get 1 hit',
      'getMany 3 done',
      'getWithToken 1 hit',
      'compareAndSet 1 done',
      'setMany 1 done',
      'incr 1 done',
      'has 1 miss',
      'touch 1 done',
      'touch 1 done',
      'incrVersion 1 done',
      'keys 0 done',
      'keys 0 done',
      'ttl 1 done',
      'delete 2 done',
      'clear 0 done',
      'command 0 error',
    ]);
    expect(events[5]).toMatchObject({ hits: 1, misses: 2 });
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});
