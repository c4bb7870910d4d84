import { loadPeer, MissingPeerError } from '../../codec/compressors/optional-peer.js';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';

/** The optional packages of password hashers, as `import` gives them. */
export interface PasswordPackages {
  /** The module `@node-rs/argon2`. */
  readonly argon2?: object;
  /** The module `bcrypt`. */
  readonly bcrypt?: object;
}

/** What we use of @node-rs/argon2. */
export interface Argon2Library {
  hashRaw(password: Uint8Array, options: Argon2Options): Promise<Uint8Array>;
}

interface Argon2Options {
  /** 0, 1 or 2: argon2d, argon2i or argon2id. */
  readonly algorithm: number;
  /** 0 or 1: 1.0 or 1.3. */
  readonly version: number;
  readonly timeCost: number;
  readonly memoryCost: number;
  readonly parallelism: number;
  readonly outputLen: number;
  readonly salt: Uint8Array;
}

/** What we use of bcrypt. */
export interface BcryptLibrary {
  genSalt(rounds: number): Promise<string>;
  hash(password: Buffer, salt: string): Promise<string>;
}

/** Returns @node-rs/argon2. Throws an ImproperlyConfiguredError where it can't be loaded. */
export function argon2Library(packages: PasswordPackages): Argon2Library {
  return library<Argon2Library>(packages, 'argon2', '@node-rs/argon2', ['hashRaw']);
}

/** Returns bcrypt. Throws an ImproperlyConfiguredError where it can't be loaded. */
export function bcryptLibrary(packages: PasswordPackages): BcryptLibrary {
  return library<BcryptLibrary>(packages, 'bcrypt', 'bcrypt', ['genSalt', 'hash']);
}

function library<Library>(
  packages: PasswordPackages,
  name: keyof PasswordPackages,
  packageName: string,
  methods: readonly (keyof Library & string)[],
): Library {
  const module = packages[name] ?? load(name, packageName);
  // `import` of a CommonJS module may have all of it under `default` alone.
  for (const candidate of [module, (module as { readonly default?: unknown }).default]) {
    const found = (candidate ?? {}) as Record<string, unknown>;
    if (methods.every((method) => typeof found[method] === 'function')) return candidate as Library;
  }
  throw new ImproperlyConfiguredError([
    {
      path: `options.packages.${name}`,
      expected: `the module ${packageName}, with ${methods.join(' and ')}`,
      got: 'a module without them',
      remedy: `Write: packages: { ${name}: await import('${packageName}') }`,
    },
  ]);
}

function load(name: string, packageName: string): object {
  try {
    return loadPeer<object>(packageName);
  } catch (error) {
    if (!(error instanceof MissingPeerError)) throw error;
    const { code } = (error.cause ?? {}) as { code?: unknown };
    const isAbsent = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
    throw new ImproperlyConfiguredError([
      {
        path: `passwords hashed with ${name}`,
        expected: `the package ${packageName}`,
        got: isAbsent ? 'no such package' : 'a package that fails to load',
        remedy: `Run: npm install ${packageName}. Where it is installed and not found (a bundle, say), import it and give the module: { packages: { ${name}: module } }`,
      },
    ]);
  }
}
