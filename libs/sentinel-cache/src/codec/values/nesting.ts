import { types } from 'node:util';

/**
 * How deep values may nest, read or written. Python's own pickle and json give up at about this depth (its
 * recursion limit is 1000), and what is deeper overflows the stack of the first recursive function that it
 * meets.
 */
export const MAX_DEPTH = 1000;

/**
 * How many containers a value may have, read or written. An empty one takes a byte or two stored and fifty
 * and more in memory: a compressed value of 30 KB would otherwise stand for more of them than the process has
 * room for.
 */
export const MAX_CONTAINERS = 4_000_000;

/**
 * How many values more a value may have when its shared parts are counted wherever they are met. Code that
 * copies, compares or prints it meets them all: a few hundred bytes of shared lists can stand for more values
 * than there is time.
 */
const MAX_UNFOLDED = 10_000_000;

/** Each shared container at most doubles the way through a value. */
export const FEW_SHARED = 16;

interface Visit {
  children: readonly unknown[];
  at: number;
  height: number;
  /** Values inside, shared ones counted wherever they are met. */
  size: number;
  done: boolean;
}

/**
 * Describes what is wrong with the shape of a value: containers nest deeper than MAX_DEPTH, there are more
 * than MAX_CONTAINERS, or shared parts unfold to too many values. `undefined` when nothing is. The way down
 * is a loop, each container is walked once however often it is shared, and a cycle counts once: time grows
 * with the size of the value, never with the number of paths through it.
 */
export function shapeProblem(root: unknown): string | undefined {
  const visits = new Map<object, Visit>();
  const path: Visit[] = [];
  let walked = 0;
  enter(root, path, visits);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (visit.at < visit.children.length) {
      const child = enter(visit.children[visit.at++], path, visits);
      if (path.length > MAX_DEPTH) return TOO_DEEP;
      if (child !== undefined) grow(visit, child.done ? child : CYCLE);
      continue;
    }
    path.pop();
    walked += visit.children.length;
    visit.size += visit.children.length;
    visit.children = [];
    visit.done = true;
    if (visit.height > MAX_DEPTH) return TOO_DEEP;
    if (visit.size - walked > MAX_UNFOLDED) return TOO_WIDE;
    const parent = path.at(-1);
    if (parent !== undefined) grow(parent, visit);
  }
  return visits.size > MAX_CONTAINERS ? TOO_MANY : undefined;
}

/** Whether a value, one that was made in here, is one that others can lie in. */
export function isContainer(value: object): boolean {
  return (
    Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype || value instanceof Map || value instanceof Set
  );
}

const TOO_DEEP = `it nests deeper than ${MAX_DEPTH} levels`;
const TOO_MANY = `it has more than ${MAX_CONTAINERS} lists, dicts and sets`;
const TOO_WIDE = `its shared parts unfold to more than ${MAX_UNFOLDED} values`;
const CYCLE = { height: 1, size: 1 };

function grow(visit: Visit, child: { readonly height: number; readonly size: number }): void {
  if (child.height >= visit.height) visit.height = child.height + 1;
  visit.size += child.size;
}

/** The visit of a container met before; one met for the first time is put on the path. */
function enter(value: unknown, path: Visit[], visits: Map<object, Visit>): Visit | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const known = visits.get(value);
  if (known !== undefined) return known;
  const children = childrenOf(value);
  if (children === undefined) return undefined;
  const visit = { children, at: 0, height: 1, size: 0, done: false };
  visits.set(value, visit);
  path.push(visit);
  return undefined;
}

/**
 * Whether a tree, a value without shared parts and cycles, nests deeper than `levels`. Many times as
 * fast as `shapeProblem`.
 */
export function isTreeDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) {
    if (levels === 0) return true;
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at];
      if (typeof item === 'object' && item !== null && isTreeDeeper(item, levels - 1)) return true;
    }
    return false;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return childrenOf(value)?.some((child) => levels === 0 || isTreeDeeper(child, levels - 1)) ?? false;
  }
  if (levels === 0) return true;
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'object' && field !== null && isTreeDeeper(field, levels - 1)) return true;
  }
  return false;
}

function childrenOf(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.values(value);
  if (types.isMap(value)) return [...value.keys(), ...value.values()];
  return types.isSet(value) ? [...value] : undefined;
}
