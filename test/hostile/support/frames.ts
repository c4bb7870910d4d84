/** Whole numbers below a bound, the same ones for the same seed. */
export type Random = (below: number) => number;

/** What a hostile server sends in place of a reply. */
export interface HostileReply {
  /** What it is, for the words of a failure. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** So many bytes at a time, a millisecond apart. */
  readonly trickled?: number;
}

const line = (text: string): string => `${text}\r\n`;
const bulk = (text: string): string => line(`$${text.length}`) + line(text);
const array = (...items: string[]): string => line(`*${items.length}`) + items.join('');
const one = <T>(random: Random, items: readonly T[]): T => items[random(items.length)]!;

/** Items that any parser of RESP2 takes. */
const LEAVES: readonly string[] = [
  ...['$-1', '*-1', '+OK', '+QUEUED', '+7', ':0', ':1', ':2', ':-1', ':-2', ':-3', ':42', ':9007199254740993'].map(line),
  ...[':9223372036854775807', '-ERR no', '-WRONGTYPE no', '-READONLY no', '-LOADING no', '-NOSCRIPT no', '-OOM no'].map(line),
  ...['', '0', '1.5', 'nan', '-1', 'text', 'OK', 'PONG', '\xff\xfe', '18446744073709551616', 'a'.repeat(1000)].map(bulk),
];

/** A valid frame of RESP2: an item, or a list of some, nested up to four deep. */
export function validFrame(random: Random, depth = 4): string {
  if (depth === 0 || random(3) > 0) return one(random, LEAVES);
  return array(...Array.from({ length: random(5) }, () => validFrame(random, depth - 1)));
}

/** What only RESP3 has, or what belongs to nobody: nulls, pushes, maps, sets, doubles, attributes. */
const STRANGERS: readonly string[] = [
  ...[
    '_',
    ',1.5',
    ',inf',
    '#t',
    '#x',
    '(12345678901234567890',
    '!3\r\nERR',
    '=7\r\ntxt:abc',
    '|1\r\n+a\r\n+b',
    '%1\r\n+a\r\n:1',
    '~1\r\n:1',
  ].map(line),
  ...[
    '>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1',
    '>2\r\n_\r\n_',
    '>1\r\n$-1',
    '>0',
    '>3\r\n+message\r\n_\r\n_',
    '>-1',
    '>2\r\n+invalidate\r\n*-1',
  ].map(line),
  ...['>4\r\n+pmessage\r\n$-1\r\n$-1\r\n$-1', '>3\r\n+unsubscribe\r\n_\r\n:0', '>1\r\n:7'].map(line),
];
const NO_NUMBERS = [
  '',
  'abc',
  '1.5',
  '-',
  '+',
  'nan',
  '1e3',
  '0x10',
  ' 1',
  '9'.repeat(400),
  '-9223372036854775809',
  '1\0',
  '99999999999',
];
const SIGNS = [':', '$', '*', ',', '(', '%', '~', '>', '#', '=', '!', '|'];

type Maker = (random: Random) => Omit<HostileReply, 'kind'>;
const text =
  (make: (random: Random) => string): Maker =>
  (random) => ({ bytes: Buffer.from(make(random), 'latin1') });

const MILLION = Buffer.from(line('*1000000') + line(':1').repeat(1_000_000));
const MILLION_NAMED = Buffer.from(line('*1000000') + line('+x').repeat(1_000_000));

/** What is no reply at all, by name. Those at the end are large: they come seldom. */
const MALFORMED: readonly (readonly [string, Maker])[] = [
  ['mutated', text((random) => mutated(random, validFrame(random)))],
  ['random bytes', (random) => ({ bytes: Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256))) })],
  ['unsolicited', text((random) => Array.from({ length: 2 + random(4) }, () => validFrame(random)).join(''))],
  ['a stranger', text((random) => one(random, STRANGERS) + (random(2) === 0 ? validFrame(random) : ''))],
  ['a null', text((random) => line(one(random, ['_', '$-1', '*-1', '%-1', '~-1', '>-1'])).repeat(1 + random(3)))],
  ['no number', text((random) => line(one(random, SIGNS) + one(random, NO_NUMBERS)) + (random(2) === 0 ? line('x') : ''))],
  ['deeply nested', text((random) => line(one(random, ['*1', '%1', '~1', '>1', '*2'])).repeat(10 ** (1 + random(4))))],
  ['large claims, nested', text(() => line('*33554431').repeat(24))],
  [
    'a large claim',
    text((random) => line(one(random, ['*', '%', '~', '>']) + one(random, ['1000001', '33554432', '4294967296']))),
  ],
  [
    'an endless bulk',
    text((random) => line(one(random, ['$99999999999', '$536870913', '=99999999999'])) + 'x'.repeat(random(5000))),
  ],
  ['an endless line', text((random) => one(random, ['+', '-', ':', '$', '*', '(']) + '7'.repeat(10 ** (1 + random(5))))],
  ['half a frame', text((random) => half(random, validFrame(random)))],
  ['trickled', (random) => ({ bytes: Buffer.from(validFrame(random), 'latin1'), trickled: 1 + random(3) })],
  ['a million fields', () => ({ bytes: MILLION })],
  ['a million names', () => ({ bytes: MILLION_NAMED })],
];
const LARGE = 2;
/** One of so many malformed replies is a large one. */
const SELDOM = 150;

/** A reply that is a valid frame of RESP2, alone, and hardly ever what was asked for. */
export function wrongShape(random: Random): HostileReply {
  return { kind: 'a valid frame', bytes: Buffer.from(validFrame(random), 'latin1') };
}

/** A reply that is none. */
export function malformed(random: Random): HostileReply {
  const large = random(SELDOM) === 0;
  const [kind, make] = MALFORMED[large ? MALFORMED.length - 1 - random(LARGE) : random(MALFORMED.length - LARGE)]!;
  return { kind, ...make(random) };
}

/** What a node of a cluster can say besides: of slots and other nodes. `port`: its own. */
export function ofACluster(random: Random, port: number): HostileReply {
  const node = (host: string, at: number, id: string): string => array(bulk(host), line(`:${at}`), bulk(id));
  const range = (first: number | string, last: number | string, ...nodes: string[]): string =>
    array(line(`:${first}`), line(`:${last}`), ...nodes);
  const self = node('127.0.0.1', port, 'me');
  const kinds: readonly (readonly [string, () => string])[] = [
    ['16 384 owners', () => array(...Array.from({ length: 16_384 }, (_, i) => range(i, i, node('127.0.0.1', 1 + i, `n${i}`))))],
    [
      '1000 replicas of each',
      () => array(range(0, 16_383, self, ...Array.from({ length: 1001 }, (_, i) => node('127.0.0.1', 1 + i, `r${i}`)))),
    ],
    ['slots past the last', () => array(range(0, 65_535, self))],
    ['slots before the first', () => array(range(-5, 9, self))],
    ['overlapping slots', () => array(...Array.from({ length: 1000 }, () => range(0, 16_383, self)))],
    ['many ranges', () => array(...Array.from({ length: 20_000 }, (_, i) => range(i % 16_384, i % 16_384, self)))],
    ['an address that is none', () => array(range(0, 16_383, node('a b/c', 99_999, 'x')))],
    ['MOVED past the last slot', () => line(`-MOVED ${16_384 + random(80_000)} 127.0.0.1:${port}`)],
    [
      'MOVED to nowhere',
      () => line(`-MOVED ${random(16_384)} ${one(random, ['a b', '[', '%', 'h'.repeat(300), ''])}:${random(99_999)}`),
    ],
    ['MOVED to itself', () => line(`-MOVED ${random(16_384)} 127.0.0.1:${port}`)],
    ['ASK', () => line(`-ASK ${random(20_000)} :${port}`)],
    ['TRYAGAIN', () => line('-TRYAGAIN')],
    ['CLUSTERDOWN', () => line('-CLUSTERDOWN The cluster is down')],
    [
      'a list of nodes',
      () => bulk(`me 127.0.0.1:${port}@1 master - 0 0 ${one(random, NO_NUMBERS)} connected 0-99999\n`.repeat(1 + random(2000))),
    ],
  ];
  const [kind, make] = one(random, kinds);
  return { kind, bytes: Buffer.from(make(), 'latin1') };
}

function mutated(random: Random, frame: string): string {
  const bytes = Buffer.from(frame, 'latin1');
  for (let edits = 1 + random(4); edits > 0 && bytes.length > 0; edits -= 1)
    bytes[random(bytes.length)] = random(2) === 0 ? random(256) : one(random, [...Buffer.from('*$:+-_>%~\r\n019')]);
  return bytes.toString('latin1');
}

function half(random: Random, frame: string): string {
  return frame.slice(0, Math.max(1, random(frame.length)));
}
