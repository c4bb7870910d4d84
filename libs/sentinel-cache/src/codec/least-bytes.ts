import { types } from 'node:util';

/**
 * Whether a value is certain to take more bytes than that when it is serialised: every part of it takes one
 * at least, text and bytes their length. Looks no further than it has to, and runs no code of the user's;
 * what it can't look into counts as one byte.
 */
export function takesMoreThan(value: unknown, bytes: number): boolean {
  if (bytes === Infinity) return false;
  const open: unknown[] = [value];
  const seen = new Set<object>();
  let least = 0;
  while (open.length > 0 && least <= bytes) {
    const part = open.pop();
    if (part === undefined) continue;
    least += typeof part === 'string' ? 1 + part.length : 1;
    // What comes twice may be written once.
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (ArrayBuffer.isView(part)) least += part.byteLength;
    else if (types.isProxy(part)) continue;
    else if (!Array.isArray(part)) openFields(part, open);
    else if (part.length > bytes - least) return true;
    else for (let i = 0; i < part.length; i += 1) open.push(part[i] as unknown);
  }
  return least > bytes;
}

/**
 * Nothing of an object that may stand for something else. Without a generator, which would cost as much as
 * serialising.
 */
function openFields(part: object, open: unknown[]): void {
  const prototype: unknown = Object.getPrototypeOf(part);
  if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in part) return;
  for (const name of Object.keys(part)) open.push(Object.getOwnPropertyDescriptor(part, name)?.value);
}
