import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type DjangoSettings } from 'nestjs-sentinel-cache';
import ts from 'typescript';

const page = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'security.md');
const PASSWORDS = { password: 'for the data nodes', sentinelPassword: 'for the sentinels' };

/** The settings of the page, with the sentinels of a topology in the place of the reader's. */
async function pasted(topology: LocalSentinel): Promise<DjangoSettings> {
  const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(page, 'utf8'))!;
  const there = code!.replace(/mymaster\/[^']*/, topology.location('mymaster', 0));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(there, { compilerOptions });
  const module = (await import(`data:text/javascript,${encodeURIComponent(outputText)}`)) as {
    settings: (ca: string) => { CACHES: { default: { BACKEND: string; OPTIONS: Record<string, object> } } };
  };
  const { CACHES } = module.settings(topology.ca!);
  const { OPTIONS } = CACHES.default;
  // On a busy machine a handshake may take its time.
  const patient = {
    deadline: 15_000,
    SOCKET_CONNECT_TIMEOUT: 5,
    SENTINEL_KWARGS: { ...OPTIONS.SENTINEL_KWARGS, socket_timeout: 5 },
  };
  return { CACHES: { default: { ...CACHES.default, OPTIONS: { ...OPTIONS, ...patient } } } };
}

describe('the ten lines of docs/security.md', () => {
  let topology: LocalSentinel;
  let stranger: LocalSentinel;
  beforeAll(async () => {
    const start = () => startLocalSentinel({ ...PASSWORDS, tls: 'both', replicas: 1 });
    [topology, stranger] = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(() => Promise.all([topology.stop(), stranger.stop()]), 30_000);

  async function setWith(settings: DjangoSettings): Promise<{ outcome: unknown; log: CacheEvent[] }> {
    const log: CacheEvent[] = [];
    const caches = createCaches(settings, { onEvent: (event) => log.push(event) });
    const outcome = await caches
      .get()
      .set('a', 1)
      .catch((error: unknown) => error);
    await caches.close();
    return { outcome, log };
  }

  it('reach servers with certificates of the named authority, and no warning is told', async () => {
    const { outcome, log } = await setWith(await pasted(topology));
    expect(outcome).toBe(true);
    expect(log.map(({ level }) => level)).toEqual(['info']);
  }, 20_000);

  it('reach none with certificates of another authority', async () => {
    const theirs = await pasted(topology);
    const location = stranger.location('mymaster', 0);
    const settings = JSON.parse(JSON.stringify(theirs).replace(topology.location('mymaster', 0), location)) as DjangoSettings;
    expect((await setWith(settings)).outcome).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
  }, 20_000);
});
