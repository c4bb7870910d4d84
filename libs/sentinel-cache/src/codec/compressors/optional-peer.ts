// By its name, createRequire is a word of webpack's own: it puts `undefined` in place of the call.
import nodeModule from 'node:module';
import { join, resolve } from 'node:path';

/** A package that a setting needs and that can't be loaded; `cause` says why. */
export class MissingPeerError extends Error {
  constructor(
    readonly packageName: string,
    cause: unknown,
  ) {
    super(`the package ${packageName} can't be loaded`, { cause });
  }
}

/**
 * Where packages are looked for, one place after the other: beside this file, or the bundle that it became a
 * part of; beside the program that was started; in the directory that it was started in. The last two are for
 * bundles that lie apart from `node_modules`. They are asked for packages of fixed names only, and only when
 * a setting wants one.
 */
const PLACES: readonly (() => string)[] = [
  ownFile,
  () => resolve(process.argv[1] ?? ''),
  () => join(process.cwd(), 'package.json'),
];

/**
 * Loads a package that is installed only by those who use it, when a setting asks for it. Throws a
 * MissingPeerError.
 */
export function loadPeer<Module>(packageName: string, path = ''): Module {
  return fromAnywhere(packageName, (load) => load(packageName + path) as Module);
}

/** Returns the path of a file of such a package. Throws a MissingPeerError. */
export function locatePeer(packageName: string, path: string): string {
  return fromAnywhere(packageName, (load) => load.resolve(packageName + path));
}

function fromAnywhere<T>(packageName: string, use: (load: NodeJS.Require) => T): T {
  const failures: unknown[] = [];
  for (const place of PLACES) {
    try {
      return use(nodeModule.createRequire(place()));
    } catch (error) {
      failures.push(error);
    }
  }
  // A package that is there and does not load says more than the places where it is not.
  const telling = failures.find((failure) => (failure as { code?: unknown }).code !== 'MODULE_NOT_FOUND');
  throw new MissingPeerError(packageName, telling ?? failures[0]);
}

/**
 * From the stack, which is the same in ES modules, in CommonJS and in bundles: either kind of module has its
 * own word for it, and no other takes that.
 */
function ownFile(): string {
  const [file] = /(?:file:\/\/|\/|[A-Z]:\\)[^\n]*?(?=:\d+:\d+\)?$)/im.exec(String(new Error().stack)) ?? [];
  if (file === undefined) throw Object.assign(new Error('the stack names no file'), { code: 'MODULE_NOT_FOUND' });
  return file;
}
