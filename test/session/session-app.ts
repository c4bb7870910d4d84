import { Body, Controller, Get, HttpException, Module, Param, Post, Query, Session, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { CacheSession, SentinelCacheModule, type DjangoSettings, type SentinelCacheModuleOptions } from 'nestjs-sentinel-cache';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: Platform[] = ['express', 'fastify'];

/** Lets a test hold a request in the middle, and let it go. */
export class Gatekeeper {
  private waiting = new Map<string, { arrived: () => void; go: Promise<void> }>();

  /** The next request to that place waits; resolves `arrived` when it is there. */
  close(place: string): { arrived: Promise<void>; open: () => void } {
    let arrived!: () => void;
    let open!: () => void;
    const there = new Promise<void>((resolve) => (arrived = resolve));
    const go = new Promise<void>((resolve) => (open = resolve));
    this.waiting.set(place, { arrived, go });
    return { arrived: there, open };
  }

  async pass(place: string): Promise<void> {
    const stop = this.waiting.get(place);
    this.waiting.delete(place);
    stop?.arrived();
    await stop?.go;
  }
}

export const gatekeeper = new Gatekeeper();

@Controller()
class SessionController {
  @Get('untouched') untouched() {
    return { ok: true };
  }
  @Get('read') async read(@Session() session: CacheSession) {
    return { data: await session.toObject(), key: session.sessionKey ?? null };
  }
  @Post('set/:field') async set(
    @Session() session: CacheSession,
    @Param('field') field: string,
    @Body() body: { value: unknown },
  ) {
    const before = await session.get(field);
    await gatekeeper.pass(`set:${field}`);
    await session.set(field, body.value);
    return { before: before ?? null };
  }
  @Post('unwritable') async unwritable(@Session() session: CacheSession) {
    await session.set('oops', () => 1);
  }
  @Post('increment/:field') async increment(@Session() session: CacheSession, @Param('field') field: string) {
    await session.get(field);
    await gatekeeper.pass(`increment:${field}`);
    return { value: await session.update<number>(field, (count) => (count ?? 0) + 1) };
  }
  @Post('nested') async nested(@Session() session: CacheSession, @Body() body: { item: string }) {
    const cart = (await session.get<{ items: string[] }>('cart')) ?? { items: [] };
    if (!(await session.has('cart'))) await session.set('cart', cart);
    else cart.items.push(body.item);
    return cart;
  }
  @Post('flush') async flush(@Session() session: CacheSession) {
    await session.flush();
    return {};
  }
  @Post('cycle') async cycle(@Session() session: CacheSession) {
    await session.cycleKey();
    return { key: session.sessionKey };
  }
  @Post('clear') async clear(@Session() session: CacheSession) {
    await session.clear();
    return {};
  }
  @Post('expiry') expiry(@Session() session: CacheSession, @Body() body: { seconds?: number | null; date?: string }) {
    session.setExpiry(body.date === undefined ? (body.seconds ?? null) : new Date(body.date));
    return {};
  }
  @Get('expiry') async age(@Session() session: CacheSession) {
    return { age: await session.getExpiryAge(), browser: await session.getExpireAtBrowserClose() };
  }
  @Post('fail/:status') async fail(
    @Session() session: CacheSession,
    @Param('status') status: string,
    @Query('field') field = 'failed',
  ) {
    await session.set(field, status);
    throw new HttpException('asked for', Number(status));
  }
  @Post('delete/:field') async remove(@Session() session: CacheSession, @Param('field') field: string) {
    return { deleted: await session.delete(field) };
  }
}

/** A small application on these settings, on either platform. */
export async function startSessionApp(
  platform: Platform,
  settings: DjangoSettings,
  extras: SentinelCacheModuleOptions = {},
  quiet = true,
): Promise<INestApplication> {
  @Module({ imports: [SentinelCacheModule.forRoot(settings, extras)], controllers: [SessionController] })
  class AppModule {}
  const builder = Test.createTestingModule({ imports: [AppModule] });
  if (quiet) builder.setLogger({ log: () => undefined, warn: () => undefined, error: () => undefined });
  const module = await builder.compile();
  const app = platform === 'express' ? module.createNestApplication() : module.createNestApplication(new FastifyAdapter());
  await app.init();
  if (platform === 'fastify') await (app.getHttpAdapter().getInstance() as { ready(): Promise<void> }).ready();
  await app.listen(0, '127.0.0.1');
  return app;
}
