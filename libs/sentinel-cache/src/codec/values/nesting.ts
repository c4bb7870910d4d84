import { types } from 'node:util';

/**
 * How deep values may nest, read or written. Python's own pickle and json give up at about this depth (its recursion limit is 1000), and
 * what is deeper overflows the stack of the first recursive function that it meets.
 */
export const MAX_DEPTH = 1000;

interface Visit {
  readonly node: object;
  readonly children: unknown[];
  at: number;
  height: number;
}

/**
 * Whether containers nest deeper than MAX_DEPTH. The way down is a loop, each container is walked once however often it is shared, and a
 * cycle counts once: time grows with the size of the value, never with the number of paths through it.
 */
export function nestsTooDeep(root: unknown): boolean {
  const heights = new Map<object, number>();
  const path: Visit[] = [];
  enter(root, path, heights);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (visit.at < visit.children.length) {
      const child = visit.children[visit.at++];
      const known = enter(child, path, heights);
      if (path.length > MAX_DEPTH) return true;
      if (known >= visit.height) visit.height = known + 1;
      continue;
    }
    path.pop();
    heights.set(visit.node, visit.height);
    if (visit.height > MAX_DEPTH) return true;
    const parent = path.at(-1);
    if (parent !== undefined && visit.height >= parent.height) parent.height = visit.height + 1;
  }
  return false;
}

/** The height of a value if it is known; a container met for the first time is put on the path. */
function enter(value: unknown, path: Visit[], heights: Map<object, number>): number {
  if (typeof value !== 'object' || value === null) return 0;
  const known = heights.get(value);
  if (known !== undefined) return known;
  const children = childrenOf(value);
  if (children === undefined) return 0;
  heights.set(value, 1);
  path.push({ node: value, children, at: 0, height: 1 });
  return 0;
}

function childrenOf(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.values(value);
  if (types.isMap(value)) return [...value.keys(), ...value.values()];
  return types.isSet(value) ? [...value] : undefined;
}
