import { setImmediate as nextTurn } from 'node:timers/promises';

import { CacheUnavailableError, CommandRejectedError, SentinelCacheError, type SentinelCache } from 'nestjs-sentinel-cache';

import type { Call, Program } from './program.js';

const LARGE = 70_000;

/** Runs a program. Resolves to how each call ended, in the order in which they were issued. */
export async function runProgram(cache: SentinelCache, { turns }: Program): Promise<string[]> {
  const ends: Promise<string>[] = [];
  for (const { calls, next } of turns) {
    for (const call of calls) ends.push(make(cache, call).then(describeValue, describeError));
    if (next === 'answered') await Promise.all(ends);
    else if (next === 'turn') await nextTurn();
    else await Promise.resolve();
  }
  return Promise.all(ends);
}

/** A call as text, for the report of a difference. */
export function describeCall(call: Call): string {
  return JSON.stringify(call);
}

async function make(cache: SentinelCache, call: Call): Promise<unknown> {
  switch (call.name) {
    case 'get':
      return cache.get(call.key);
    case 'getOldVersion':
      return cache.get(call.key, { version: 2 });
    case 'getWithToken':
      return cache.getWithToken(call.key).then(({ value, token }) => [value, token]);
    case 'has':
      return cache.has(call.key);
    case 'pttl':
      // Time passes between the two runs.
      return cache.pttl(call.key).then((ms) => (ms === null || ms === 0 ? ms : 'some'));
    case 'getMany':
      return cache.getMany(call.keys).then((hits) => [...hits]);
    case 'set':
      return cache.set(call.key, { n: call.value });
    case 'setLarge':
      return cache.set(call.key, String(call.value).repeat(LARGE));
    case 'add':
      return cache.add(call.key, call.value);
    case 'delete':
      return cache.delete(call.key);
    case 'incr':
      return cache.incr(call.key);
    case 'touch':
      return cache.touch(call.key, 100);
    case 'incrVersion':
      return cache.incrVersion(call.key);
    case 'push':
      return cache.command('LPUSH', cache.makeKey(call.key), 'x');
  }
}

function describeValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 20)}... of ${text.length}` : text;
}

function describeError(error: unknown): string {
  if (!(error instanceof SentinelCacheError)) throw error;
  const { code, message } = error;
  const executed = error instanceof CacheUnavailableError || error instanceof CommandRejectedError ? error.executed : '';
  return `${code} ${String(executed)} ${message}`;
}
