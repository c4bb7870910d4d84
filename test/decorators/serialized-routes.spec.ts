import { ClassSerializerInterceptor, Controller, Get, SerializeOptions, UseInterceptors } from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { Exclude } from 'class-transformer';
import { Cached, CachePut } from 'nestjs-sentinel-cache';
import { PLATFORMS } from '../http/support/page-app.js';
import { onRedis, type DecoratedAppOptions } from './support/decorated-app.js';

const { start } = onRedis();

class Account {
  readonly name = 'Ada';
  @Exclude() readonly password = 'secret';
}

/** What routes return, and how: with the fields that a class hides, or without. */
abstract class Routes {
  @Get('bare') @Cached('1m', { key: 'bare' }) bare(): unknown {
    return new Account();
  }
  @Get('deep') @Cached('1m', { key: 'deep' }) async deep(): Promise<unknown> {
    return { all: [new Map([['ada', new Account()]])] };
  }
  @Get('put') @CachePut('1m', { key: 'put' }) put(): unknown {
    return new Account();
  }
  @Get('typed') @Cached('1m', { key: 'typed' }) @SerializeOptions({ type: Account }) typed(): unknown {
    return new Account();
  }
  @Get('plain') @Cached('1m', { key: 'plain' }) plain(): unknown {
    return { name: 'Ada', born: new Date(0), at: new URL('http://a/'), parts: [Buffer.from('a'), null] };
  }
}
@Controller('here')
@UseInterceptors(ClassSerializerInterceptor)
class SerializedHere extends Routes {}
@Controller('anywhere')
class Anywhere extends Routes {}

const WAYS: [string, Omit<DecoratedAppOptions, 'settings'>][] = [
  ['on the controller', { controllers: [SerializedHere] }],
  [
    'of the application, as a provider',
    { controllers: [Anywhere], providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }] },
  ],
  [
    'of the application, as an instance',
    {
      controllers: [Anywhere],
      prepare: (app) => app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector))),
    },
  ],
];

describe.each(PLATFORMS)('a route behind ClassSerializerInterceptor on %s', (platform) => {
  it.each(WAYS)('%s, never shows what a class hides', async (_, options) => {
    const { ask, cache } = await start({ platform, ...options });
    const path = options.controllers?.[0] === Anywhere ? '/anywhere' : '/here';
    for (const route of ['bare', 'deep', 'put']) {
      for (let i = 0; i < 2; i += 1) {
        const response = await ask(`${path}/${route}`);
        expect([route, response.status, String(response.body).includes('secret')]).toEqual([route, 500, false]);
      }
      expect(await cache.has(route)).toBe(false);
    }
    for (let i = 0; i < 2; i += 1) {
      expect(JSON.parse(String((await ask(`${path}/typed`)).body))).toEqual({ name: 'Ada' });
      expect(JSON.parse(String((await ask(`${path}/plain`)).body))).toMatchObject({ name: 'Ada' });
    }
    expect([await cache.has('typed'), await cache.has('plain')]).toEqual([true, true]);
  });

  it('and one without it keep what they return', async () => {
    const { ask } = await start({ platform, controllers: [Anywhere] });
    for (let i = 0; i < 2; i += 1)
      expect(JSON.parse(String((await ask('/anywhere/bare')).body))).toEqual({ name: 'Ada', password: 'secret' });
  });
});
