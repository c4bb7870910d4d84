import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as zlib from 'node:zlib';

const LIBRARIES = ['sentinel-cache', 'local-sentinel'] as const;
const NAMES = { 'sentinel-cache': 'nestjs-sentinel-cache', 'local-sentinel': 'local-sentinel' } as const;
const LIMIT_MS = 900_000;
const RUN_LIMIT_MS = 300_000;

/** @nestjs/cache-manager 3 and 12 import the types of a package that they do not depend on; everything else has to hold. */
const UPSTREAM =
  /@nestjs\/cache-manager\/dist\/interfaces\/cache-manager\.interface\.d\.ts\(.*TS2307: Cannot find module 'cacheable'/;

const root = resolve('.');
/** An empty environment but for what programs need: nothing of the npm that runs the tests. */
const env = Object.fromEntries(Object.entries({ ...process.env, NODE_OPTIONS: '' }).filter(([name]) => !name.startsWith('npm_')));
let folder = '';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], cwd: string, timeout = RUN_LIMIT_MS): Promise<Ran> {
  return new Promise((done) => {
    execFile(program, args, { cwd, env, timeout, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      done({
        code: error ? Number(error.code ?? 1) || 1 : 0,
        stdout,
        stderr: error?.killed ? `${stderr}\nkilled after ${timeout} ms` : stderr,
      });
    });
  });
}

async function must(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
const packed = {} as Record<(typeof LIBRARIES)[number], Packed>;

/** Packs what a fresh clone has: nothing that was built lies about in it. */
async function pack(): Promise<void> {
  const all = JSON.parse(await must(process.execPath, ['scripts/pack.mjs', folder], root)) as (Packed & { name: string })[];
  for (const library of LIBRARIES) packed[library] = all.find(({ name }) => name === NAMES[library])!;
}

interface App {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly nest: string;
  readonly cacheManager: string;
  /** With the optional peers, and a program that uses the doors that need them. */
  readonly doors?: true;
  /** Another app's folder: the packages are those that are installed there. */
  readonly inside?: string;
}

const APPS: App[] = [
  { name: 'esm-nest-12', type: 'module', nest: '^12.0.0', cacheManager: '^12.0.0' },
  { name: 'esm-nest-11', type: 'module', nest: '^11.0.0', cacheManager: '^3.0.0', doors: true },
  { name: 'cjs-nest-12', type: 'commonjs', nest: '^12.0.0', cacheManager: '^12.0.0', doors: true },
  { name: 'esm-oldest-peers', type: 'module', nest: 'oldest', cacheManager: 'oldest', doors: true },
  { name: 'cjs-nest-11', type: 'commonjs', nest: '^11.0.0', cacheManager: '^3.0.0', doors: true, inside: 'esm-nest-11' },
];
/** What only a door needs. The first app has none of them: the front door and its types stand without. */
const OPTIONAL_PEERS: Record<string, string> = {
  '@nestjs/terminus': 'nest',
  '@opentelemetry/api': '^1.9.0',
  'prom-client': '^15.0.0',
};

/** What only a compressor needs; loaded by name when a setting asks for it. Installed where the doors are. */
const COMPRESSOR_PEERS: Record<string, string> = {
  'lz4-napi': '^2.9.0',
  'lzma-native': '^8.0.6',
  '@foxglove/wasm-zstd': '^1.0.1',
};

/** What only a hash of a password needs; loaded by name when one is met. */
const PASSWORD_PEERS: Record<string, string> = {
  '@node-rs/argon2': '^2.0.0',
  bcrypt: '^6.0.0',
};

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: false,
  rootDir: '.',
  outDir: 'out',
};

const INSTALL_FLAGS = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--no-package-lock',
  '--loglevel=error',
];

const homeOf = ({ name, inside }: App): string => join(folder, ...(inside ? [inside] : []), name);

/** What package.json promises to work with, at its lowest. */
function oldestPeer(name: string): string {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'libs/sentinel-cache/package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  const [lowest] = /\d+\.\d+\.\d+/.exec(peerDependencies[name] ?? '') ?? [];
  if (lowest === undefined) throw new Error(`${name} is no peer`);
  return lowest;
}

/** A program that has the library, its dependencies and rxjs, and no peer of it besides. */
async function installCore(): Promise<void> {
  const home = join(folder, 'core-alone');
  mkdirSync(home, { recursive: true });
  cpSync(join(root, 'test/packaging/fixtures/core.ts.txt'), join(home, 'core.ts'));
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['core.ts'] }));
  const library = `file:${join(folder, packed['sentinel-cache'].filename)}`;
  const dependencies = { [NAMES['sentinel-cache']]: library, rxjs: '^7.8.0', '@types/node': '^20.19.0' };
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'core-alone', private: true, type: 'module', dependencies }));
  await must('npm', ['install', ...INSTALL_FLAGS, '--omit=peer'], home);
}

async function install(app: App): Promise<void> {
  const home = homeOf(app);
  mkdirSync(home, { recursive: true });
  const programs = app.doors ? ['main', 'doors'] : ['main'];
  for (const name of programs) cpSync(join(root, `test/packaging/fixtures/${name}.ts.txt`), join(home, `${name}.ts`));
  const files = programs.map((name) => `${name}.ts`);
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files }));
  const version = (name: string): string => {
    if (app.nest === 'oldest') return oldestPeer(name === '@nestjs/platform-express' ? '@nestjs/core' : name);
    return name === 'cache-manager' ? '^7.0.0' : name === '@nestjs/cache-manager' ? app.cacheManager : app.nest;
  };
  const optional = Object.entries(app.doors ? { ...OPTIONAL_PEERS, ...COMPRESSOR_PEERS, ...PASSWORD_PEERS } : {}).map(
    ([name, range]) => [name, app.nest === 'oldest' ? oldestPeer(name) : range === 'nest' ? app.nest : range],
  );
  const dependencies = {
    ...Object.fromEntries(optional),
    ...Object.fromEntries(
      ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', '@nestjs/cache-manager', 'cache-manager'].map((name) => [
        name,
        version(name),
      ]),
    ),
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
    '@types/node': '^20.19.0',
    ...Object.fromEntries(LIBRARIES.map((library) => [NAMES[library], `file:${join(folder, packed[library].filename)}`])),
  };
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: app.name, private: true, type: app.type, ...(app.inside ? {} : { dependencies }) }),
  );
  if (app.inside) return;
  await must('npm', ['install', ...INSTALL_FLAGS], home);
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'packaging-')));
  await pack();
  await Promise.all([installCore(), ...APPS.filter(({ inside }) => !inside).map(install)]);
  await Promise.all(APPS.filter(({ inside }) => inside).map(install));
}, LIMIT_MS);
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe.each(LIBRARIES)('the packed library %s', (library) => {
  const installed = () => join(folder, 'esm-nest-12/node_modules', NAMES[library]);
  const paths = () => packed[library].files.map(({ path }) => path);

  it('holds dist, package.json, README.md and LICENSE, and nothing else', () => {
    expect(paths()).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
    expect(
      paths()
        .filter((path) => !path.startsWith('dist/'))
        .toSorted(),
    ).toEqual(['LICENSE', 'README.md', 'package.json']);
  });

  it('holds no specs, no sources, no build notes: JavaScript, and a declaration for each, for either kind of module', () => {
    expect(paths()).toContain('dist/cjs/package.json');
    const built = paths().filter((path) => path.startsWith('dist/') && path !== 'dist/cjs/package.json');
    expect(built.filter((path) => !/\.(js|d\.ts)$/.test(path) || /\.spec\.|\.test\.|tsbuildinfo|fixtures/.test(path))).toEqual(
      [],
    );
    expect(
      built
        .filter((path) => path.endsWith('.d.ts'))
        .map((path) => path.replace(/\.d\.ts$/, '.js'))
        .toSorted(),
    ).toEqual(built.filter((path) => path.endsWith('.js')).toSorted());
    const required = built.filter((path) => path.startsWith('dist/cjs/')).map((path) => path.replace('dist/cjs/', 'dist/'));
    expect(required.toSorted()).toEqual(built.filter((path) => !path.startsWith('dist/cjs/')).toSorted());
  });

  it('names no folder of this machine', () => {
    const words = [root, folder, homedir()].filter((word) => word.length > 2);
    const telling = paths().filter((path) => {
      const text = readFileSync(join(installed(), path), 'utf8');
      return words.some((word) => text.includes(word));
    });
    expect(telling).toEqual([]);
  });

  it('has every door in all ways of asking for it: import, require, and what older compilers look for', () => {
    const manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')) as Manifest;
    const { '.': front, './package.json': itself, ...doors } = manifest.exports;
    expect([manifest.type, itself, front]).toEqual(['module', './package.json', targetsOf('index')]);
    expect([manifest.main, manifest.types]).toEqual(['./dist/cjs/index.js', './dist/cjs/index.d.ts']);
    const names = Object.keys(doors).map((door) => door.slice(2));
    expect(doors).toEqual(Object.fromEntries(names.map((name) => [`./${name}`, targetsOf(name)])));
    const older = names.map((name) => [name, [`./dist/cjs/${name}.d.ts`]]);
    expect(manifest.typesVersions).toEqual(names.length === 0 ? undefined : { '*': Object.fromEntries(older) });
    const built = readdirSync(join(installed(), 'dist')).filter((file) => file.endsWith('.js'));
    expect(built.toSorted()).toEqual(library === 'local-sentinel' ? expect.arrayContaining(['index.js']) : filesOf(names));
  });

  it('says whose it is, and where its source and its questions go: npm attests no origin without', () => {
    const manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')) as Manifest;
    const repository = 'https://github.com/nestjs-sentinel-cache/nestjs-sentinel-cache';
    expect(manifest).toMatchObject({
      author: 'nestjs-sentinel-cache contributors',
      license: 'MIT',
      repository: { type: 'git', url: `git+${repository}.git`, directory: `libs/${library}` },
      bugs: { url: `${repository}/issues` },
      homepage: expect.stringContaining(repository),
      publishConfig: { access: 'public', provenance: true },
    });
    expect(readFileSync(join(installed(), 'README.md'), 'utf8')).not.toMatch(/\]\((?!https:|#)/);
  });

  it('publint and "are the types wrong" find nothing', async () => {
    const tarball = join(folder, packed[library].filename);
    const publint = await run(process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict'], root);
    expect(publint).toMatchObject({ code: 0, stdout: expect.stringContaining('All good!') });
    const attw = [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarball, '--format', 'ascii'];
    expect(await run(process.execPath, attw, root)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No problems found'),
    });
  });

  // No dependency does the work of the codecs, of Sentinel or of Cluster; half of it is what editors show, and all of it is there for import
  // and for require. 0.6 MB on the wire.
  it('is smaller than five and a half megabytes', () => {
    const bytes = paths().reduce((sum, path) => sum + statSync(join(installed(), path)).size, 0);
    expect(bytes).toBeLessThan(5_500_000);
  });
});

interface Manifest {
  readonly type: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Record<string, unknown>;
  readonly typesVersions?: unknown;
}

function targetsOf(name: string): unknown {
  const [imported, required] = ['./dist', './dist/cjs'].map((at) => ({
    types: `${at}/${name}.d.ts`,
    default: `${at}/${name}.js`,
  }));
  return { import: imported, require: required };
}

const filesOf = (names: readonly string[]): string[] => ['index', ...names].map((name) => `${name}.js`).toSorted();

describe.each(APPS)('pain 33, pain 34: installed into $name', (app) => {
  it(
    'its types resolve and hold in a strict program, libraries included (skipLibCheck: false)',
    async () => {
      const { stdout } = await run(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '-p', homeOf(app)],
        homeOf(app),
      );
      const errors = stdout.split('\n').filter((line) => line !== '');
      expect(errors.filter((line) => !UPSTREAM.test(line))).toEqual([]);
      expect(existsSync(join(homeOf(app), 'out/main.js'))).toBe(true);
    },
    LIMIT_MS,
  );

  it('it boots, caches on locmem and on Redis, closes, and the process ends by itself', async () => {
    const out = join(homeOf(app), 'out/main.js');
    expect(readFileSync(out, 'utf8').includes('require("nestjs-sentinel-cache")')).toBe(app.type === 'commonjs');
    const { code, stdout, stderr } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', out], homeOf(app));
    expect([code, stderr]).toEqual([0, '']);
    const served = {
      answers: ['MISS', 'HIT', 'Ada'],
      user: { name: 'Ada' },
      or: 0,
      many: ['k'],
      made: { n: 1 },
      manager: { name: 'Ada' },
      same: true,
      sessions: 'session',
      runs: 1,
      ttl: expect.any(Number),
    };
    expect(JSON.parse(stdout)).toEqual({
      locmem: served,
      onRedis: served,
      registered: { bytes: '42', seen: 42, closed: 'closed' },
      bad: ['CACHES.default.BACKEND'],
      compressed: ['1000 characters', ...Object.keys(COMPRESSOR_PEERS).map((name) => compressedBy(app, name))],
      passwords: [true, ...Object.keys(PASSWORD_PEERS).map((name) => app.doors || `Run: npm install ${name}`)],
      decimal: expect.stringContaining('1.50'),
    });
  });
});

function compressedBy({ doors }: App, name: string): string {
  const isBuiltIn = name === '@foxglove/wasm-zstd' && 'zstdCompressSync' in zlib;
  return doors || isBuiltIn ? '1000 characters' : `Run: npm install ${name}`;
}

describe.each(APPS.filter(({ doors }) => doors))('the doors of optional peers, installed into $name', (app) => {
  it('terminus, prometheus and opentelemetry work: health in three states, metrics counted and gone', async () => {
    const { code, stdout, stderr } = await run(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(homeOf(app), 'out/doors.js')],
      homeOf(app),
    );
    expect([code, stderr]).toEqual([0, '']);
    const terminus = JSON.parse(
      readFileSync(join(folder, app.inside ?? app.name, 'node_modules/@nestjs/terminus/package.json'), 'utf8'),
    ) as {
      version: string;
    };
    // Terminus 11 knows up and down alone; what it is told beside them is the same.
    const degraded = terminus.version.startsWith('11.') ? ['ok', 'up'] : ['degraded', 'degraded'];
    expect(JSON.parse(stdout)).toEqual({
      up: [200, 'ok', 'up', 'up'],
      strict: [503, 'error', 'down', 'down'],
      optional: [200, ...degraded, 'degraded'],
      set: 'sentinel_cache_operations_total{alias="default",operation="set",outcome="done"} 1',
      left: 0,
    });
  });
});

describe.each(APPS.filter(({ doors, type }) => doors && type === 'module'))(
  'both copies in one process, in $name',
  ({ name }) => {
    it('act as one: injection, instanceof, values, metrics, health, time and faults, whichever made the module', async () => {
      const home = join(folder, name);
      cpSync(join(root, 'test/packaging/fixtures/both.mjs.txt'), join(home, 'both.mjs'));
      const { code, stdout, stderr } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'both.mjs'], home);
      expect([code, stderr]).toEqual([0, '']);
      const met = {
        same: [true, true, true, true, true],
        classes: [true, true, true, true],
        values: [true, true, true, true, false],
        // Counted once, though both listen.
        counted: [expect.stringMatching(/outcome="done"\} 1$/)],
        health: 'up',
        outage: [true, true, true, true],
      };
      expect(JSON.parse(stdout)).toEqual({ copies: true, required: met, imported: met });
    });
  },
);

describe('nestjs-sentinel-cache/core, installed without any peer but rxjs', () => {
  const home = (): string => join(folder, 'core-alone');

  it('its types hold in a strict program, libraries included', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(await run(process.execPath, [tsc, '-p', home()], home())).toMatchObject({ code: 0, stdout: '' });
  });

  it('it runs, and there is no Nest and no cache-manager that it could have found', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [join(home(), 'out/core.js')], home());
    expect([code, stderr]).toEqual([0, '']);
    const { help, ...answers } = JSON.parse(stdout) as { help: string };
    // The package ships no pages: what explains an error is one that its README leads to.
    const readme = readFileSync(join(home(), 'node_modules', NAMES['sentinel-cache'], 'README.md'), 'utf8');
    expect(readme).toContain(`(${help.split('#')[0]})`);
    expect(answers).toEqual({
      user: { name: 'Ada' },
      sum: 2,
      outage: true,
      wrong: ['CACHES.default.BACKEND'],
      classes: [true, true, 'object'],
      told: true,
      channels: ['nestjs-sentinel-cache:operation', 'nestjs-sentinel-cache:state', 'nestjs-sentinel-cache:ignored-error'],
      installed: ['rxjs'],
    });
  });
});

describe('optional peers', () => {
  const home = (): string => join(folder, 'esm-nest-12/node_modules', NAMES['sentinel-cache']);
  const { peerDependenciesMeta } = JSON.parse(readFileSync(join(root, 'libs/sentinel-cache/package.json'), 'utf8')) as {
    peerDependenciesMeta: Record<string, { optional: boolean }>;
  };
  const optional = Object.keys(peerDependenciesMeta);
  const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

  /** Every package that a file and all that it imports name, and through which file. */
  function named(file: string, seen = new Map<string, string>(), visited = new Set<string>()): Map<string, string> {
    if (visited.has(file)) return seen;
    visited.add(file);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (!specifier!.startsWith('.')) seen.set(specifier!, file);
      else named(resolve(file, '..', file.endsWith('.d.ts') ? specifier!.replace(/\.js$/, '.d.ts') : specifier!), seen, visited);
    }
    return seen;
  }

  it.each(['core', 'keyv', 'monitor', 'passwords', 'structures', 'values'])(
    '%s reaches neither Nest nor cache-manager',
    (door) => {
      const packages = ['js', 'd.ts'].flatMap((kind) => [...named(join(home(), `dist/${door}.${kind}`)).keys()]);
      expect(packages.filter((name) => /^@nestjs\/|^cache-manager|^reflect-metadata/.test(name))).toEqual([]);
    },
  );

  it.each(['index.js', 'index.d.ts'])('none is reached from the front door (%s)', (file) => {
    const packages = named(join(home(), 'dist', file));
    expect(packages.get('ioredis') ?? packages.get('rxjs')).toBeDefined();
    const leaks = [...packages].filter(([specifier]) =>
      optional.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    expect(leaks).toEqual([]);
  });

  it('each is named by one door alone, or by none; the app without them lacks them, and ran all the same', () => {
    const doors = readdirSync(join(home(), 'dist')).filter((file) => file.endsWith('.d.ts') && file !== 'index.d.ts');
    for (const name of optional) {
      const users = doors.filter((door) => named(join(home(), 'dist', door)).has(name));
      expect([name, users.length > 1 || (name in OPTIONAL_PEERS && users.length === 0)]).toEqual([name, false]);
      expect(existsSync(join(folder, 'esm-nest-12/node_modules', name))).toBe(false);
    }
  });
});
