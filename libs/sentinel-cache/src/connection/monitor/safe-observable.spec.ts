import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { filter, firstValueFrom, map, merge, Subject } from 'rxjs';

import { SafeObservable } from './safe-observable.js';

describe('SafeObservable', () => {
  let warn: jest.SpiedFunction<typeof process.emitWarning>;
  beforeEach(() => {
    warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => warn.mockRestore());

  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  const boom = (): never => {
    throw new Error('boom');
  };

  it.each<[string, (safe: SafeObservable<number>) => void]>([
    ['a function', (safe) => void safe.subscribe(boom)],
    ['an observer', (safe) => void safe.subscribe({ next: boom })],
    [
      'a subscriber behind operators',
      (safe) =>
        void safe
          .pipe(
            map((n) => n),
            filter(Boolean),
          )
          .subscribe(boom),
    ],
    ['an operator, with nobody who listens for errors', (safe) => void safe.pipe(map(boom)).subscribe()],
  ])('%s that throws is one warning, and no uncaught exception', async (_name, subscribe) => {
    const subject = new Subject<number>();
    const safe = new SafeObservable(subject);
    const seen: number[] = [];
    subscribe(safe);
    safe.subscribe((n) => seen.push(n));
    subject.next(1);
    subject.next(2);
    await settled();
    expect(seen).toEqual([1, 2]);
    expect(warn.mock.calls).toEqual([['A subscriber of events$ threw: boom', 'SentinelCacheWarning']]);
  });

  it('a subscriber that threw goes on hearing', async () => {
    const subject = new Subject<number>();
    const seen: number[] = [];
    new SafeObservable(subject).subscribe((n) => {
      seen.push(n);
      boom();
    });
    subject.next(1);
    subject.next(2);
    await settled();
    expect(seen).toEqual([1, 2]);
  });

  it('is an Observable like any other: operators, promises, errors, completion, unsubscribing, methods of a class', async () => {
    const subject = new Subject<number>();
    const safe = new SafeObservable(subject);
    const first = firstValueFrom(safe.pipe(filter((n) => n > 1)));
    const heard: unknown[] = [];
    class Observer {
      private readonly into = heard;
      next(n: number): void {
        this.into.push(n);
      }
      complete(): void {
        this.into.push('complete');
      }
    }
    const merged = merge(safe, safe).subscribe(new Observer());
    safe.pipe(map(boom)).subscribe({ error: (error: Error) => heard.push(error.message) });
    const left = safe.subscribe(() => heard.push('left'));
    left.unsubscribe();
    subject.next(1);
    subject.next(2);
    subject.complete();
    expect(await first).toBe(2);
    expect(heard).toEqual([1, 1, 'boom', 2, 2, 'complete']);
    expect(merged.closed).toBe(true);
    await settled();
    expect(warn).not.toHaveBeenCalled();
  });
});
