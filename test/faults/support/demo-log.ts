/** What a line of the demo's log says: something began that has to end, or ended. */
interface Kind {
  readonly name: string;
  readonly says: RegExp;
  /** What it begins, or ends. */
  readonly begins?: string;
  readonly ends?: string;
}

/** All that the log may say once the demo listens: something changed. */
const KINDS: readonly Kind[] = [
  { name: 'down', says: /^\[SentinelCache\] mymaster: no connection to the primary: /, begins: 'outage' },
  { name: 'up', says: /^\[SentinelCache\] mymaster: connected to the primary /, ends: 'outage' },
  { name: 'moved', says: /^\[SentinelCache\] mymaster: the primary is now /, ends: 'outage' },
  { name: 'refused', says: /^\[RefusalLog\] Redis refuses what it is asked \([A-Z]+\)\.$/, begins: 'refusal' },
  { name: 'done again', says: /^\[RefusalLog\] Redis does again what it refused\.$/, ends: 'refusal' },
  { name: 'owed', says: /^\[SentinelPages\] Cache 'default' did not drop pages, and is asked again until it does: / },
  { name: 'sentinel back', says: /^\[SentinelCache\] (\d sentinels are back: )?(sentinel \S+ answers again\. ?)+$/ },
  {
    name: 'sentinel lost',
    says: /^\[SentinelCache\] (\d sentinels are gone: )?(sentinel \S+ (did not answer within|closed the connection|can't be reached)[^[]*)+$/,
  },
];

/** One line, read. `kind` is `undefined` for a line that should not be there. */
export interface DemoLine {
  readonly text: string;
  readonly kind: string | undefined;
}

/** The lines of a piece of the output; colours are off, and who wrote it when is cut away. */
export function readDemoLog(output: string): DemoLine[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const text = line.replace(/^\[Nest\] \d+ +- .*? +(LOG|WARN|ERROR) (?=\[)/, '');
    return { text, kind: KINDS.find(({ says }) => says.test(text))?.name };
  });
}

/** What is wrong with it: lines that tell no change, and changes that are told though nothing changed since. Empty when all is well. */
export function complaintsOf(lines: readonly DemoLine[]): string[] {
  const complaints: string[] = [];
  const open = new Set<string>();
  const told = new Map<string, string>();
  for (const { text, kind } of lines) {
    const { begins, ends } = KINDS.find(({ name }) => name === kind) ?? {};
    if (kind === undefined) complaints.push(`no change of state: ${text}`);
    if (begins !== undefined && open.has(begins)) complaints.push(`told twice: ${text}`);
    if (ends !== undefined && kind !== 'moved' && !open.has(ends)) complaints.push(`ended before it began: ${text}`);
    if (begins !== undefined) open.add(begins);
    if (ends !== undefined) open.delete(ends);
    for (const subject of subjectsOf(text, kind)) {
      if (told.get(subject) === kind) complaints.push(`told twice of ${subject}: ${text}`);
      told.set(subject, kind!);
    }
  }
  return complaints;
}

/** Whether all that began has ended. */
export function isBalanced(lines: readonly DemoLine[]): boolean {
  const open = new Set<string>();
  for (const { text, kind } of lines) {
    const { begins, ends } = KINDS.find(({ name }) => name === kind) ?? {};
    if (begins !== undefined) open.add(begins);
    if (ends !== undefined) open.delete(ends);
    for (const sentinel of subjectsOf(text, kind)) {
      if (kind === 'sentinel lost') open.add(sentinel);
      else open.delete(sentinel);
    }
  }
  return open.size === 0;
}

function subjectsOf(text: string, kind: string | undefined): string[] {
  return kind?.startsWith('sentinel ') ? [...text.matchAll(/sentinel (\d\S+:\d+)/g)].map(([, address]) => address!) : [];
}
