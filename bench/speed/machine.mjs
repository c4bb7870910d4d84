/** What the figures were measured on and with. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';

const PACKAGES = ['@redis/client', '@valkey/valkey-glide', 'bentocache', 'cache-manager', 'cacheable', 'ioredis', '@keyv/redis'];

export async function describeMachine(redis) {
  const info = String(await redis.primary.command('INFO', 'server'));
  const version = /^(redis|valkey)_version:(\S+)/gm;
  const found = [...info.matchAll(version)].at(-1);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release().split('-')[0]}`,
    node: process.versions.node,
    redis: found ? `${found[1] === 'valkey' ? 'Valkey' : 'Redis'} ${found[2]}` : 'unknown',
    loadBefore: Number(loadavg()[0].toFixed(1)),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name) {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'not installed';
}
