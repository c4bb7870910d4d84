import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';

import { afterEach, describe, expect, it } from '@jest/globals';

import { isObserved, observeOperation } from './observe-operation.js';
import type { OperationEvent } from './operation-event.js';

const operations = tracingChannel<unknown, OperationEvent>('nestjs-sentinel-cache:operation');
const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

describe('observeOperation', () => {
  let stop: () => void = () => {};
  afterEach(() => stop());

  const listen = () => {
    const heard: [phase: string, event: OperationEvent][] = [];
    const listeners = Object.fromEntries(
      PHASES.map((phase) => [phase, (event: OperationEvent) => void heard.push([phase, { ...event }])]),
    ) as unknown as Parameters<typeof operations.subscribe>[0];
    operations.subscribe(listeners);
    stop = () => {
      operations.unsubscribe(listeners);
    };
    return heard;
  };
  const get = { alias: 'default', operation: 'get', keys: 1 } as const;

  it('tells start and end, and how it ended, but never the value', async () => {
    const heard = listen();
    expect(isObserved()).toBe(true);
    await expect(
      observeOperation(
        { ...get },
        async () => 'secret',
        () => ({ outcome: 'hit', hits: 1, misses: 0 }),
      ),
    ).resolves.toBe('secret');
    expect(heard.map(([phase]) => phase)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(heard[0]![1]).toEqual(get);
    expect(heard[3]![1]).toEqual({ ...get, outcome: 'hit', hits: 1, misses: 0, durationMs: expect.any(Number) as unknown });
    expect(JSON.stringify(heard)).not.toContain('secret');
  });

  it('tells the error, and rejects with it', async () => {
    const heard = listen();
    const error = new Error('gone');
    await expect(
      observeOperation(
        { ...get },
        () => Promise.reject(error),
        () => ({}),
      ),
    ).rejects.toBe(error);
    expect(heard.map(([phase]) => phase)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(heard[2]![1]).toMatchObject({ outcome: 'error', error });
  });

  it('carries a store that was bound to its start: spans nest', async () => {
    const storage = new AsyncLocalStorage<string>();
    listen();
    operations.start.bindStore(storage, ({ operation }) => `span of ${operation}`);
    try {
      const inside = await observeOperation(
        { ...get },
        async () => storage.getStore(),
        () => ({}),
      );
      expect(inside).toBe('span of get');
      expect(storage.getStore()).toBeUndefined();
    } finally {
      operations.start.unbindStore(storage);
    }
  });

  it('nobody listens: it is not observed', () => {
    expect(isObserved()).toBe(false);
  });
});
