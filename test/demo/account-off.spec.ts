import { afterEach, describe, expect, it } from '@jest/globals';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { RunningDemo } from './running-demo.js';
import { Visitor } from './visitor.js';

const CACHES = { default: { BACKEND: 'locmem' } };
const SESSION_ENGINE = 'django.contrib.sessions.backends.cache';
const SECRET_KEY = 'of these tests alone';

describe.each<Platform>(['express', 'fastify'])('accounts on settings of your own on %s', (platform) => {
  let demo: RunningDemo;
  afterEach(() => demo.close());

  it.each<[string, DjangoSettings, string]>([
    ['bare CACHES', CACHES, 'SESSION_ENGINE and no SECRET_KEY'],
    ['no SESSION_ENGINE', { CACHES, SECRET_KEY }, 'SESSION_ENGINE'],
    ['no SECRET_KEY', { CACHES, SESSION_ENGINE }, 'SECRET_KEY'],
    [
      'no AUTHENTICATION_BACKENDS',
      { CACHES, SESSION_ENGINE, SECRET_KEY, AUTHENTICATION_BACKENDS: [] },
      'AUTHENTICATION_BACKENDS',
    ],
  ])('says on the page what is missing with %s, and everything else works', async (_what, settings, missing) => {
    demo = await RunningDemo.start(platform, settings);
    const { text, headers } = await demo.get('/account').expect(200);
    expect(text).toContain(`<strong id="missing">${missing}</strong>`);
    expect(headers['content-security-policy']).toContain(`default-src 'none'`);
    expect((await demo.post('/account/login').expect(404)).body.message).toContain(missing);
    await demo.get('/account/whoami').expect(404);
    await demo.get('/').expect(200);
    await demo.count('n').expect(201);
  });

  it('logs in on locmem, with the first of several AUTHENTICATION_BACKENDS', async () => {
    const AUTHENTICATION_BACKENDS = ['shop.auth.EmailBackend', 'django.contrib.auth.backends.ModelBackend'];
    demo = await RunningDemo.start(platform, { CACHES, SESSION_ENGINE, SECRET_KEY, AUTHENTICATION_BACKENDS });
    const visitor = new Visitor(demo);
    expect((await visitor.logIn()).status).toBe(303);
    const page = await visitor.open();
    expect(page.text).toContain('Ada Lovelace');
    expect(page.text).toContain('<strong id="answeredBy">the memory of this process</strong>');
  });
});
