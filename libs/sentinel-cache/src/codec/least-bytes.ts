import { types } from 'node:util';

/**
 * Whether a value is certain to take more bytes than that when it is serialised: every part of it takes one at least, text and bytes their
 * length. Looks no further than it has to, and runs no code of the user's; what it can't look into counts as one byte.
 */
export function takesMoreThan(value: unknown, bytes: number): boolean {
  const open: unknown[] = [value];
  const seen = new Set<object>();
  let least = 0;
  while (open.length > 0 && least <= bytes) {
    const part = open.pop();
    if (part === undefined) continue;
    least += 1;
    if (typeof part === 'string') least += part.length;
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    // What comes twice may be written once.
    seen.add(part);
    if (ArrayBuffer.isView(part)) least += part.byteLength;
    else if (isList(part) && part.length > bytes - least) return true;
    else for (const inner of partsOf(part)) open.push(inner);
  }
  return least > bytes;
}

function isList(part: object): part is readonly unknown[] {
  return !types.isProxy(part) && Array.isArray(part);
}

/** What is written for an object part by part; nothing for one that may stand for something else. */
function* partsOf(part: object): Generator<unknown, void, void> {
  if (types.isProxy(part)) return;
  if (Array.isArray(part)) return yield* part as unknown[];
  const prototype: unknown = Object.getPrototypeOf(part);
  if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in part) return;
  for (const name of Object.keys(part)) yield Object.getOwnPropertyDescriptor(part, name)?.value;
}
