import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian's own Python: the only one that sees Debian's packages. */
export const PYTHON = '/usr/bin/python3';

const PACKAGES = [
  'python3-django',
  'python3-django-redis',
  'python3-redis',
  'python3-msgpack',
  'python3-lz4',
  'python3-zstandard',
  'python3-argon2',
  'python3-bcrypt',
];
const MODULES =
  'import django, django_redis, redis, msgpack, lz4.frame, zstandard, argon2, bcrypt; print(django.get_version(), django_redis.__version__, redis.__version__)';
const LIMIT_MS = 5 * 60_000;

/** The versions of Django, django-redis and redis-py; installs them where that is allowed, and says what to do where it is not. */
export function installDjango(): string {
  const found = versions();
  if (found !== undefined) return found;
  const isRoot = process.getuid?.() === 0;
  if (!existsSync('/usr/bin/apt-get')) throw new Error(advice('this is no Debian or Ubuntu'));
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) throw new Error(advice('this user may not install packages'));
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...PACKAGES];
  // A fresh image has no package lists, and old ones name files that are gone.
  const outputs = [install, ['apt-get', 'update', '-q'], install].map((command) =>
    versions() === undefined ? root(command, isRoot) : '',
  );
  const installed = versions();
  if (installed !== undefined) return installed;
  throw new Error(advice(`\`apt-get install\` did not help:\n${outputs.at(-1)}`));
}

function versions(): string | undefined {
  if (!existsSync(PYTHON)) return undefined;
  const { status, stdout } = spawnSync(PYTHON, ['-c', MODULES], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function root(command: readonly string[], isRoot: boolean): string {
  const [name, ...args] = [...(isRoot ? [] : ['sudo', '-n']), 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  const { stdout, stderr } = spawnSync(name!, args, { encoding: 'utf8', timeout: LIMIT_MS });
  return `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
}

function advice(because: string): string {
  return `These tests run a real Django beside the Nest app, and it is not there: ${because}.\nOn Debian or Ubuntu: sudo apt-get install ${PACKAGES.join(' ')}`;
}
