import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { checkPassword, makePassword, SentinelCacheModule, type LoginUser } from 'nestjs-sentinel-cache';

const page = join(process.cwd(), 'docs/shared-logins.md');
const folder = join(process.cwd(), 'test/docs/extracted-logins');
const file = join(folder, 'account.ts');
const [controller] = [...readFileSync(page, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)]
  .map(([, code]) => code!)
  .filter((code) => code.includes('class AccountController'));

interface AccountSnippet {
  readonly Users: abstract new () => object;
  readonly AccountController: Type;
}
const SETTINGS = {
  CACHES: { default: { BACKEND: 'locmem' } },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
  SECRET_KEY: 'a secret key of at least thirty-two bytes',
  SESSION_COOKIE_SECURE: false,
};

describe.each(['Express', 'Fastify'])('the login of docs/shared-logins.md, on %s', (platform) => {
  const table = new Map<string, LoginUser>();
  const written: string[] = [];
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, controller!);
    const { Users, AccountController } = (await import(pathToFileURL(file).href)) as AccountSnippet;
    // What Django 2.1 wrote, and a user without a password.
    table.set('ada', { id: 7, passwordHash: await makePassword('engine-1843', { iterations: 120_000 }) });
    table.set('nobody', { id: 8, passwordHash: await makePassword(null) });
    const users = {
      byName: async (name: string) => table.get(name),
      setPasswordHash: async (id: LoginUser['id'], passwordHash: string) => {
        written.push(passwordHash);
        table.set('ada', { id, passwordHash });
      },
    };
    const loadUser = (id: string) => [...table.values()].find((user) => String(user.id) === id);
    const module = await Test.createTestingModule({
      imports: [SentinelCacheModule.forRoot(SETTINGS, { loadUser })],
      controllers: [AccountController],
      providers: [{ provide: Users, useValue: users }],
    }).compile();
    app = platform === 'Fastify' ? module.createNestApplication(new FastifyAdapter()) : module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = (body: object) =>
    fetch(`${url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const whoIs = async (cookie: string) => (await fetch(`${url}/whoami`, { headers: { cookie } })).text();

  it('lets in the user whose password it is, and nobody else', async () => {
    for (const body of [
      { name: 'ada', password: 'engine-1844' },
      { name: 'nobody', password: '' },
      { name: 'nobody', password: table.get('nobody')!.passwordHash },
      { name: 'somebody', password: 'engine-1843' },
      { name: 'ada', password: { $ne: null } },
      { name: 'ada' },
    ]) {
      const response = await post(body);
      expect([body, response.status, response.headers.getSetCookie()]).toEqual([body, 401, []]);
    }
    const response = await post({ name: 'ada', password: 'engine-1843' });
    const [cookie] = response.headers.getSetCookie().map((line) => line.split(';')[0]!);
    expect([response.status, await whoIs(cookie!), await whoIs('')]).toEqual([201, '7', 'nobody']);
  });

  it('made an old hash anew at the first login, and leaves it alone at the next', async () => {
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^pbkdf2_sha256\$1000000\$/);
    expect(await checkPassword('engine-1843', written[0])).toBe(true);
    expect((await post({ name: 'ada', password: 'engine-1843' })).status).toBe(201);
    expect(written).toHaveLength(1);
  });
});
