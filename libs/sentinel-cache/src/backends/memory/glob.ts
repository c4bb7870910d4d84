type Token = { readonly kind: 'star' } | { readonly kind: 'any' } | { readonly kind: 'byte'; readonly byte: number } | ByteSet;

interface ByteSet {
  readonly kind: 'set';
  readonly negated: boolean;
  /** Pairs of first and last byte, both included. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

const [STAR, ANY, OPEN, CLOSE, CARET, DASH, ESCAPE] = [...Buffer.from('*?[]^-\\')] as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/**
 * Returns a function that tells whether a stored key matches a Redis glob: `*`, `?`, `[abc]`, `[a-c]`,
 * `[^x]`, `\x`. Byte by byte, as Redis does: `?` is half an `é`. Takes at most (length of the key) x (length
 * of the pattern) steps, whatever the pattern.
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  const tokens = parseGlob(Buffer.from(pattern));
  return (key) => matches(tokens, Buffer.from(key));
}

function matches(tokens: readonly Token[], text: Buffer): boolean {
  let [at, token] = [0, 0];
  // Where to continue after a mismatch: behind the latest star, which then takes one byte more. No earlier
  // star can do better.
  let retry: { at: number; token: number } | undefined;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted?.kind === 'star') {
      token += 1;
      retry = { at, token };
    } else if (wanted && accepts(wanted, text[at]!)) {
      at += 1;
      token += 1;
    } else if (retry) {
      retry.at += 1;
      ({ at, token } = retry);
    } else {
      return false;
    }
  }
  return tokens.slice(token).every(({ kind }) => kind === 'star');
}

function accepts(token: Exclude<Token, { kind: 'star' }>, byte: number): boolean {
  if (token.kind === 'any') return true;
  if (token.kind === 'byte') return token.byte === byte;
  return token.ranges.some(([first, last]) => first <= byte && byte <= last) !== token.negated;
}

function parseGlob(pattern: Buffer): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const byte = pattern[at]!;
    if (byte === OPEN) {
      const [set, end] = parseSet(pattern, at + 1);
      tokens.push(set);
      at = end;
    } else if (byte === STAR) {
      tokens.push({ kind: 'star' });
    } else if (byte === ANY) {
      tokens.push({ kind: 'any' });
    } else {
      // A backslash at the very end stands for itself.
      if (byte === ESCAPE && at + 1 < pattern.length) at += 1;
      tokens.push({ kind: 'byte', byte: pattern[at]! });
    }
  }
  return tokens;
}

/**
 * Reads the set that begins at `at`; returns it and the place of its `]`.
 * As in Redis a missing `]` is added, and in `[a-]` the `]` is the end of a range.
 */
function parseSet(pattern: Buffer, at: number): [set: ByteSet, end: number] {
  const negated = pattern[at] === CARET;
  const ranges: [number, number][] = [];
  for (at += negated ? 1 : 0; at < pattern.length && pattern[at] !== CLOSE; at += 1) {
    const left = pattern.length - at;
    if (pattern[at] === ESCAPE && left >= 2) {
      at += 1;
      ranges.push([pattern[at]!, pattern[at]!]);
    } else if (pattern[at + 1] === DASH && left >= 3) {
      const [one, other] = [pattern[at]!, pattern[at + 2]!];
      ranges.push([Math.min(one, other), Math.max(one, other)]);
      at += 2;
    } else {
      ranges.push([pattern[at]!, pattern[at]!]);
    }
  }
  return [{ kind: 'set', negated, ranges }, at];
}
