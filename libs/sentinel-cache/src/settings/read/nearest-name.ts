/** A longer name is no misspelt setting. */
const LONGEST = 50;

/**
 * Returns the known name that was probably meant: equal but for case, or a few slips of the finger away.
 * Undefined when there is none.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 4)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const slips = editDistance(wanted, candidate.toLowerCase());
    if (slips < least) [nearest, least] = [candidate, slips];
  }
  return nearest;
}

/** Counts the letters to insert, remove, replace or swap with their neighbour. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      let cost = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + same);
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        cost = Math.min(cost, before[column - 2]! + 1);
      }
      current.push(cost);
    }
    [before, above] = [above, current];
  }
  return above[right.length]!;
}
