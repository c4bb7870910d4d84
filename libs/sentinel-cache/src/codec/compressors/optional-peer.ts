import { createRequire } from 'node:module';

/** A package that a setting needs and that can't be loaded; `cause` says why. */
export class MissingPeerError extends Error {
  constructor(
    readonly packageName: string,
    cause: unknown,
  ) {
    super(`the package ${packageName} can't be loaded`, { cause });
  }
}

/** A package that is installed only by those who use it, loaded when a setting asks for it. Throws a MissingPeerError. */
export function loadPeer<Module>(packageName: string, path = ''): Module {
  try {
    return createRequire(import.meta.url)(packageName + path) as Module;
  } catch (error) {
    throw new MissingPeerError(packageName, error);
  }
}

/** Where a file of such a package lies. Throws a MissingPeerError. */
export function locatePeer(packageName: string, path: string): string {
  try {
    return createRequire(import.meta.url).resolve(packageName + path);
  } catch (error) {
    throw new MissingPeerError(packageName, error);
  }
}
