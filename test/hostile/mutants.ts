/** What a mutant is made with: bytes that mean something in a pickle, a msgpack or a JSON text. */
const TELLING = Buffer.from(
  '(.012NKMJXCBU]}){[,:"\\-e\x80\x81\x85\x86\x88\x8c\x8d\x8e\x8f\x90\x91\x93\x94\x95\x96\x00\xff\x7f',
  'latin1',
);

/** Whole numbers below a bound, the same ones for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Byte strings that were something once: bytes overwritten, cut off, taken out, put in twice, or of two strings. */
export function* mutants(originals: readonly Buffer[], count: number, seed = 20_240_229): Generator<Buffer> {
  const random = randomNumbers(seed);
  for (let run = 0; run < count; run++) {
    const original = originals[random(originals.length)]!;
    let mutant = Buffer.from(original);
    for (let edits = 1 + random(4); edits > 0; edits--) {
      mutant[random(mutant.length)] = random(3) === 0 ? random(256) : TELLING[random(TELLING.length)]!;
    }
    const [from, to] = [random(mutant.length), random(mutant.length)];
    const other = originals[random(originals.length)]!;
    const kind = random(8);
    if (kind === 0) mutant = mutant.subarray(0, from);
    else if (kind === 1) mutant = Buffer.concat([mutant.subarray(0, from), mutant.subarray(to)]);
    else if (kind === 2) mutant = Buffer.concat([mutant.subarray(0, from), other.subarray(random(other.length))]);
    yield mutant;
  }
}
