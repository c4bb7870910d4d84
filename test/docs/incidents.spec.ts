import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis, startLocalSentinel } from 'local-sentinel';
import { createCaches, type SentinelCache } from 'nestjs-sentinel-cache';

import { rejectionOf, until } from '../cache/support/waiting.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const page = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');
const LIMIT_MS = 120_000;

/** The rows of "From a line of the log": words, with `…` for what differs, and where they lead. */
const rows = section('From a line of the log')
  .split('\n')
  .flatMap((line) => {
    const [, words, target] = /^\| `([^`]+)` \|.*\| ([^|]+) \|$/.exec(line) ?? [];
    return words === undefined ? [] : [{ words: words.split('…').map((part) => part.trim()), target: target!.trim() }];
  });

function section(heading: string): string {
  const [text] = page.split(`## ${heading}\n`)[1]!.split(/^## /m);
  return text!;
}

/** Where a reader gets who searches the table for the words of a line. */
function leadsTo(line: string): string | undefined {
  const fits = ({ words }: (typeof rows)[number]) => {
    let from = 0;
    return words.every((part) => {
      const at = line.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    });
  };
  return rows.find(fits)?.target;
}

/** What stands below the heading that a link of the page leads to. */
function paragraphAt(target: string): string {
  const anchor = /\(#([^)]+)\)/.exec(target)?.[1];
  const parts = page.split(/^#{2,3} /m).slice(1);
  const anchorOf = (part: string) =>
    part
      .split('\n')[0]!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
  return parts.find((part) => anchorOf(part) === anchor) ?? '';
}

/** `transient('reason', 'words')`, and `permanent`: why there is no connection, in the words of the log. */
const DIAGNOSIS = /(?:transient|permanent)\(\s*(?:'([\w-]+)'|\w+),\s*(`[^`]*`|'(?:[^'\\]|\\.)*')/g;
const VARIABLE = /\$\{[^}]*\}/g;

/** The text of each source of the library below a folder, specs aside. */
function* sourcesIn(folder: string): Generator<string> {
  const from = join(root, 'libs', 'sentinel-cache', 'src', folder);
  for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' }))
    if (/(?<!\.spec)\.ts$/.test(file)) yield readFileSync(join(from, file), 'utf8');
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A cache, and the lines that its log has. */
function open(LOCATION: string, OPTIONS: Record<string, unknown>): { readonly cache: SentinelCache; readonly lines: string[] } {
  const lines: string[] = [];
  const caches = createCaches(
    { default: { BACKEND: 'redis', LOCATION, OPTIONS } },
    { onEvent: ({ message }) => lines.push(message) },
  );
  ends.push(() => caches.close());
  return { cache: caches.get(), lines };
}

async function sentinelTopology(options: Parameters<typeof startLocalSentinel>[0] = {}) {
  const topology = await startLocalSentinel({ password: 'admin', replicas: 1, ...options });
  ends.push(() => topology.stop());
  return topology;
}

const OPTIONS = { CLIENT_CLASS: 'sentinel', PASSWORD: 'admin', deadline: 2000 };
const written = (cache: SentinelCache) => until('a write', () => cache.set('user:7', 1).catch(() => false), 60_000);

describe('from a line of the log two steps lead to the paragraph', () => {
  it('every row has words that the library says, and leads somewhere', () => {
    const sources = [...sourcesIn('')].join('\n').replaceAll("\\'", "'");
    const invented = rows.flatMap(({ words }) => words).filter((part) => !sources.includes(part));
    expect(invented).toEqual([]);
    const nowhere = rows.filter(({ target }) => target.includes('(#') && paragraphAt(target) === '');
    expect([rows.length > 40, nowhere]).toEqual([true, []]);
  });

  it('every diagnosis in the sources has a row, which leads to its reason or to what stands there', () => {
    const said = [...sourcesIn('connection')].flatMap((text) => [...text.matchAll(DIAGNOSIS)]);
    const told = said.flatMap(([, reason, template]) => {
      const words = template!.slice(1, -1).replaceAll('${fix}', 'Check OPTIONS.PASSWORD').replaceAll("\\'", "'");
      // What is little more than the words of somebody else has the last row.
      return words.replace(VARIABLE, '').length > 8 ? [{ reason, line: words.replace(VARIABLE, 'x') }] : [];
    });
    expect(told.length).toBeGreaterThan(40);
    for (const { reason, line } of told) {
      const target = leadsTo(line);
      expect([line, target !== undefined]).toEqual([line, true]);
      const named = /#reason-([\w-]+)/.exec(target!)?.[1];
      if (named !== undefined && reason !== undefined) expect([line, named]).toEqual([line, reason]);
    }
  });

  it(
    'of a wrong password after a rotation, and what it says to do helps',
    async () => {
      const topology = await sentinelTopology();
      const { cache, lines } = open(topology.location(), OPTIONS);
      await written(cache);
      for (const node of topology.master().nodes) {
        await node.command('CONFIG', 'SET', 'requirepass', 'rotated');
        await node.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      }
      await until('the line', () => lines.some((line) => line.includes('WRONGPASS')));
      const error = await rejectionOf(cache.set('user:7', 2));
      for (const line of [lines.find((text) => text.includes('WRONGPASS'))!, error.message])
        expect(leadsTo(line)).toBe('[a wrong password](#incident-a-wrong-password-after-a-rotation)');
      expect(paragraphAt(leadsTo(error.message)!)).toContain('ACL SETUSER <user> >the-old-one');
      expect(lines.map(leadsTo)).not.toContain(undefined);

      for (const node of topology.master().nodes) await node.command('ACL', 'SETUSER', 'default', '>admin');
      await written(cache);
    },
    LIMIT_MS,
  );

  it(
    'of two sentinels gone and then the primary, and what it says to do helps',
    async () => {
      const topology = await sentinelTopology();
      const { cache, lines } = open(topology.location(), OPTIONS);
      await written(cache);
      const [first, second, last] = topology.sentinels;
      const { primary, replicas } = topology;
      const before = lines.length;
      await Promise.all([first!.kill(), second!.kill()]);
      await until('the lines', () => [first!, second!].every(({ address }) => lines.slice(before).join().includes(address)));
      const gone = lines.slice(before).filter((line) => line.includes(first!.address) || line.includes(second!.address));
      for (const line of gone) expect(leadsTo(line)).toBe('[sentinels gone](#incident-two-of-three-sentinels-gone)');
      expect(await cache.set('user:7', 2)).toBe(true);

      await primary.kill();
      await until('the next line', () => lines.some((line) => line.includes(primary.address) && line.includes('no connection')));
      const paragraph = paragraphAt(leadsTo(gone[0]!)!);
      for (const command of [
        'REPLICAOF NO ONE',
        'SENTINEL REMOVE mymaster',
        'SENTINEL MONITOR mymaster <replica> 6379 1',
        'auth-pass',
      ])
        expect(paragraph).toContain(command);
      await replicas[0]!.command('REPLICAOF', 'NO', 'ONE');
      await last!.command('SENTINEL', 'REMOVE', 'mymaster');
      await last!.command('SENTINEL', 'MONITOR', 'mymaster', replicas[0]!.host, replicas[0]!.port, 1);
      await last!.command('SENTINEL', 'SET', 'mymaster', 'auth-pass', 'admin');
      await written(cache);
      expect(lines.map(leadsTo)).not.toContain(undefined);
    },
    LIMIT_MS,
  );

  it(
    'of an announced address that nobody reaches, and what it says to do helps',
    async () => {
      const topology = await sentinelTopology({ nat: true });
      const { cache, lines } = open(topology.location(), OPTIONS);
      const named = (text: string) => text.includes('The sentinels name');
      await until('the line', () => cache.get('user:7').then(Boolean, () => lines.some(named)));
      const error = await rejectionOf(cache.set('user:7', 1));
      for (const line of [...lines.filter(named), error.message])
        expect(leadsTo(line)).toBe('[an address that nobody reaches](#incident-an-announced-address-that-nobody-reaches)');
      expect(lines.map(leadsTo)).not.toContain(undefined);
      expect(paragraphAt(leadsTo(error.message)!)).toContain('natMap');
      await written(open(topology.location(), { ...OPTIONS, natMap: topology.natMap }).cache);
    },
    LIMIT_MS,
  );

  it(
    'of a full Redis, and what it says to do helps',
    async () => {
      const redis = await startLocalRedis();
      ends.push(() => redis.stop());
      const { cache, lines } = open(`redis://${redis.host}:${redis.port}/0`, {
        IGNORE_EXCEPTIONS: true,
        LOG_IGNORED_EXCEPTIONS: true,
      });
      const strict = open(`redis://${redis.host}:${redis.port}/0`, { deadline: 2000 });
      await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
      const error = await rejectionOf(strict.cache.set('user:7', 'Ada'));
      expect(await cache.set('user:7', 'Ada')).toBe(false);
      await until('the line', () => lines.some((line) => line.includes('OOM')));
      for (const line of [lines.find((text) => text.includes('OOM'))!, error.message])
        expect(leadsTo(line)).toBe('[Redis is full](#incident-redis-is-full-oom)');
      expect(paragraphAt(leadsTo(error.message)!)).toContain('CONFIG SET maxmemory <more>');
      expect(lines.map(leadsTo)).not.toContain(undefined);
      await redis.command('CONFIG', 'SET', 'maxmemory', '100mb');
      await written(strict.cache);
    },
    LIMIT_MS,
  );

  it(
    'of a zone of the cluster that moved, and nothing had to be done',
    async () => {
      const cluster = await startLocalCluster({ primaries: 3, replicas: 1, nodeTimeoutMs: 1000 });
      ends.push(() => cluster.stop());
      const { cache, lines } = open(cluster.location(), { deadline: 500 });
      const keys = Array.from({ length: 12 }, (_, i) => `user:${i}`);
      const all = () => Promise.all(keys.map((key) => cache.set(key, 1)));
      await until(
        'the first writes',
        () =>
          all().then(
            () => true,
            () => false,
          ),
        60_000,
      );
      await cluster.primaries[0]!.kill();
      const told: string[] = [];
      const outcome = () =>
        all().then(
          () => true,
          (error: Error) => (told.push(error.message), false),
        );
      await until('the writes of the successor', outcome, 60_000);
      const moved = lines.find((line) => line.includes('has the slots of'))!;
      expect(leadsTo(moved)).toBe('[a zone moved](#incident-a-zone-of-the-cluster-moved)');
      expect(paragraphAt(leadsTo(moved)!)).toContain('CLUSTER INFO');
      expect([...lines, ...told].map(leadsTo)).not.toContain(undefined);
    },
    LIMIT_MS,
  );
});
