import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CodecError, LockError } from 'nestjs-sentinel-cache';
import type { Tagged } from '../codec/tagged-value.js';
import { SharedCaches } from './support/shared-caches.js';

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(() => []);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
});

const ours = () => shared.ours('default');
const ask = <T = Tagged>(cache: string, method: string, args: readonly Tagged[], kwargs = {}, keep?: string) =>
  shared.django.ask<T>('ask', { cache, method, args, kwargs, keep });
let made = 0;

/** A lock of Django's, made as `caches['default'].lock(name, timeout=...)`. */
async function djangoLock(name: string, timeout: number | null = 20) {
  const kept = `lock-${(made += 1)}`;
  await ask('default', 'lock', [name], { timeout: timeout === null ? null : { $int: String(timeout) } }, kept);
  const call = <T>(method: string, kwargs: object = {}) => ask<T>(`#${kept}`, method, [], kwargs);
  return {
    acquire: () => call<boolean>('acquire', { blocking: false }),
    wait: (seconds: number) => call<boolean>('acquire', { blocking_timeout: { $int: String(seconds) } }),
    release: () => call<null>('release'),
    owned: () => call<boolean>('owned'),
    locked: () => call<boolean>('locked'),
    reacquire: () => call<boolean>('reacquire'),
    extend: (seconds: number) => call<boolean>('extend', { additional_time: { $int: String(seconds) } }),
  };
}
const ourLock = (name: string, timeout: number | null = 20) => ours().lock(name, { timeout, blocking: false });
const lost = (promise: Promise<unknown>) => expect(promise).rejects.toBeInstanceOf(LockError);

describe('a lock of Django and a lock of ours', () => {
  it('A-58: exclude each other, and what one gives back the other gets', async () => {
    const [django, mine] = [await djangoLock('one'), ourLock('one')];
    expect(await django.acquire()).toBe(true);
    expect(await mine.acquire()).toBe(false);
    expect([await mine.locked(), await mine.owned()]).toEqual([true, false]);
    await django.release();
    expect(await mine.acquire()).toBe(true);
    expect(await django.acquire()).toBe(false);
    expect([await django.locked(), await django.owned(), await mine.owned()]).toEqual([true, false, true]);
    await mine.release();
    expect(await django.acquire()).toBe(true);
    await django.release();
  });

  it('A-58: store 32 hexadecimal digits as they are, under the key of a value', async () => {
    const [django, mine] = [await djangoLock('token:django'), ourLock('token:ours')];
    await django.acquire();
    await mine.acquire();
    for (const name of ['token:django', 'token:ours']) {
      expect(String(await ours().command('GET', ours().makeKey(name)))).toMatch(/^[0-9a-f]{32}$/);
      expect(await ours().has(name)).toBe(true);
      expect(await ask('default', 'has_key', [name])).toBe(true);
      await expect(ours().get(name)).rejects.toBeInstanceOf(CodecError);
      await expect(ask('default', 'get', [name])).rejects.toThrow(/Unpickling|pickle|error|EOF/i);
    }
    await django.release();
    await mine.release();
    expect(await ask('default', 'has_key', ['token:ours'])).toBe(false);
  });

  it('A-58: one that was lost is not taken from the other', async () => {
    const [django, mine] = [await djangoLock('lost'), ourLock('lost')];
    await mine.acquire();
    await ours().delete('lost');
    expect(await django.acquire()).toBe(true);
    await lost(mine.release());
    expect(await django.owned()).toBe(true);
    await ours().delete('lost');
    await mine.acquire();
    await expect(django.extend(5)).rejects.toThrow(/^LockNotOwnedError/);
    await expect(django.release()).rejects.toThrow(/^LockNotOwnedError/);
    expect(await mine.owned()).toBe(true);
    await mine.release();
    await lost(mine.release());
    await expect((await djangoLock('never')).release()).rejects.toThrow(/^LockError/);
  });

  it('A-58: live as long as their timeout says, and are extended alike', async () => {
    const [django, mine] = [await djangoLock('long:django', 20), ourLock('long:ours', 20)];
    await django.acquire();
    await mine.acquire();
    const ttls = async () => {
      await shared.settle();
      return Promise.all(['long:django', 'long:ours'].map(async (name) => Math.ceil(((await ours().ttl(name)) ?? 0) / 10) * 10));
    };
    expect(await ttls()).toEqual([20, 20]);
    await django.extend(100);
    await mine.extend(100);
    expect(await ttls()).toEqual([120, 120]);
    await django.reacquire();
    await mine.reacquire();
    expect(await ttls()).toEqual([20, 20]);
    await django.release();
    await mine.release();
    const [immortal, ourImmortal] = [await djangoLock('ever:django', null), ourLock('ever:ours', null)];
    await immortal.acquire();
    await ourImmortal.acquire();
    await shared.settle();
    expect([await ours().ttl('ever:django'), await ours().ttl('ever:ours')]).toEqual([null, null]);
    await expect(immortal.extend(5)).rejects.toThrow(/^LockError/);
    await lost(ourImmortal.extend(5));
    await immortal.release();
    await ourImmortal.release();
  });

  it('A-57: wait for each other', async () => {
    const [django, mine] = [await djangoLock('queue'), ours().lock('queue', { timeout: 20, blockingTimeout: 20, sleep: 0.02 })];
    await mine.acquire();
    const waiting = django.wait(20);
    await mine.release();
    expect(await waiting).toBe(true);
    const ran = mine.run(() => django.acquire());
    await django.release();
    expect(await ran).toBe(false);
    expect(await django.acquire()).toBe(true);
    await django.release();
  });

  it('A-57: are other locks in other versions', async () => {
    const mine = ours().lock('versioned', { timeout: 20, blocking: false, version: 7 });
    await mine.acquire();
    const django = await djangoLock('versioned');
    expect(await django.acquire()).toBe(true);
    await ask('default', 'lock', ['versioned'], { timeout: { $int: '20' }, version: { $int: '7' } }, 'seventh');
    expect(await ask('#seventh', 'acquire', [], { blocking: false })).toBe(false);
    await django.release();
    await mine.release();
  });

  it('A-58: let one at a time in, whoever it is', async () => {
    const mine = Array.from({ length: 4 }, () => ours().lock('crowd', { timeout: 20, blockingTimeout: 60, sleep: 0.01 }));
    const django = await djangoLock('crowd');
    let inside = 0;
    let most = 0;
    const enter = async (work: () => Promise<unknown>) => {
      most = Math.max(most, (inside += 1));
      await work();
      inside -= 1;
    };
    const running = Promise.all(mine.map((lock) => lock.run(() => enter(() => ours().get('anything')))));
    for (let i = 0; i < 10; i += 1) {
      if (!(await django.acquire())) continue;
      await enter(() => ours().get('anything'));
      await django.release();
    }
    await running;
    expect([inside, most]).toEqual([0, 1]);
  });
});
