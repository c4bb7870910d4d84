/**
 * Counts the functions of the built library that a journey passes, by V8's coverage: one line of JSON. scripts/measure-house.mjs runs this text in
 * the folder that it measures, so that every import is that folder's. LOCATION and PASSWORD name a real Sentinel topology.
 */
import { Session as Inspector } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module, Post, Session } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SentinelCacheModule, createCaches } from 'nestjs-sentinel-cache';

const DIST = /\/libs\/sentinel-cache\/dist\/(?!codec\/)/;
/** What runs in most rounds belongs to the journey; what runs in a few is a timer of its own that happened to fire. */
const ROUNDS = 21;
const USER = { id: 7, name: 'Ada' };
/** Own writes are read from the primary for a quarter of a second, or twice the lag of a replica. */
const SETTLED_MS = 2000;

const inspector = new Inspector();
inspector.connect();
await inspector.post('Profiler.enable');

const SETTINGS = {
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: process.env.LOCATION,
      OPTIONS: { PASSWORD: process.env.PASSWORD, CLIENT_CLASS: 'django_sentinel.SentinelClient', deadline: '10s' },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
  SECRET_KEY: 'only to measure with, and long enough: 0123456789',
};

/** The functions that ran since the last call, as `file:start-end`. The body of a module is none. */
async function functionsSince() {
  const { result } = await inspector.post('Profiler.takePreciseCoverage');
  const ours = result.filter(({ url }) => DIST.test(url));
  return ours.flatMap(({ url, functions }) =>
    functions
      .map(({ ranges: [range] }) => range)
      .filter(({ count, startOffset }) => count > 0 && startOffset > 0)
      .map(({ startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`),
  );
}

async function count(journey, before = async () => undefined) {
  const seen = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    await before();
    await functionsSince();
    await journey();
    for (const one of await functionsSince()) seen.set(one, (seen.get(one) ?? 0) + 1);
  }
  return [...seen.values()].filter((rounds) => rounds > ROUNDS / 2).length;
}

/** A Nest application with one request that reads its session and writes it, without decorators' syntax. */
async function start(platform) {
  class Counter {
    async count(session) {
      return { count: await session.update('count', (value) => (value ?? 0) + 1) };
    }
  }
  Post('count')(Counter.prototype, 'count', Object.getOwnPropertyDescriptor(Counter.prototype, 'count'));
  Session()(Counter.prototype, 'count', 0);
  Controller()(Counter);
  class App {}
  Module({ imports: [SentinelCacheModule.forRoot(SETTINGS)], controllers: [Counter] })(App);
  const adapter = platform === 'fastify' ? [new FastifyAdapter()] : [];
  const app = await NestFactory.create(App, ...adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function measureSession(app) {
  const url = `${await app.getUrl()}/count`;
  const cookie = (await fetch(url, { method: 'POST' })).headers.getSetCookie()[0].split(';')[0];
  return count(async () => {
    const response = await fetch(url, { method: 'POST', headers: { cookie } });
    if (response.status !== 201) throw new Error(`POST /count: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  });
}

async function measureCache() {
  const caches = createCaches(SETTINGS, { onEvent: () => undefined });
  const cache = caches.get();
  await cache.set('user:7', USER, 60);
  const set = await count(() => cache.set('user:7', USER, 60));
  const getOwn = await count(
    () => cache.get('user:7'),
    () => cache.set('user:7', USER, 60),
  );
  await sleep(SETTLED_MS);
  const getReplica = await count(() => cache.get('user:7'));
  await caches.close();
  return { set, getOwn, getReplica };
}

await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
await functionsSince();
const express = await start('express');
const boot = (await functionsSince()).length;
const sessionExpress = await measureSession(express);
await express.close();
const fastify = await start('fastify');
const sessionFastify = await measureSession(fastify);
await fastify.close();
console.log(JSON.stringify({ ...(await measureCache()), sessionExpress, sessionFastify, boot }));
