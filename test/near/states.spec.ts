import { describe, expect, it } from '@jest/globals';

import type { ChangeFeed, ChangeLink } from '../../libs/sentinel-cache/src/connection/contract/change-feed.js';
import type { NearTag, NearTags } from '../../libs/sentinel-cache/src/cache/near/near-tags.js';
import {
  MOST_UNTOLD_MS,
  NearTier,
  type Fill,
  type Filled,
  type NearEntry,
} from '../../libs/sentinel-cache/src/cache/near/near-tier.js';

/**
 * A model of two processes, each with a near tier of two keys, on a primary and a replica, explored state by state: every order in which
 * writes, reads, replies, messages of links, lost links, stopped processes, replication and a failover can come. `NEAR_DEPTH=9 npm test --
 * near/states` looks further. With tags, what is under `x` has a tag, and `y` is the generation of it.
 */
const DEPTH = Number(process.env['NEAR_DEPTH'] ?? 5);
/** Two of them are more than a tier bears without a sign of life; one is not. */
const TICK_MS = 700;
const PROCESSES = [0, 1] as const;
const KEYS = ['x', 'y'] as const;

type Id = (typeof PROCESSES)[number];
type Key = (typeof KEYS)[number];
type ByKey<T> = Readonly<Record<Key, T>>;

/** A version, and how many writes of its process to its key had been handed over when it was asked for. */
interface Seen {
  readonly version: number;
  readonly writes: number;
}

/** What is kept: what was seen of its key, and of the generation of its tag. */
interface Kept extends Seen {
  readonly generation?: Seen;
}

type Message = { readonly key: Key | 'all' } | { readonly pongOfMs: number };

interface Link {
  readonly id: number;
  readonly node: Id;
  readonly toldUntilMs: number;
  readonly isAsking: boolean;
  readonly messages: readonly Message[];
}

interface Reading {
  readonly key: Key;
  readonly fill: Fill;
  readonly writes: ByKey<number>;
  readonly versions?: ByKey<number>;
}

interface Process {
  readonly gate: Id;
  readonly link: Link | undefined;
  readonly reading: Reading | undefined;
  /** The key of a write that was handed over and is not executed. */
  readonly writing: Key | undefined;
  readonly writes: ByKey<number>;
  readonly acknowledged: ByKey<number>;
}

interface Node {
  readonly versions: ByKey<number>;
  /** When each version that it had was overwritten there, by `key version`. */
  readonly overwrittenAtMs: Readonly<Record<string, number>>;
}

interface World {
  readonly nowMs: number;
  readonly lastVersion: number;
  readonly lastLink: number;
  readonly primary: Id;
  readonly isCutOff: boolean;
  readonly replication: readonly (readonly [Key, number])[];
  readonly nodes: readonly [Node, Node];
  readonly processes: readonly [Process, Process];
  readonly tiers: readonly [NearTier<Kept>, NearTier<Kept>];
}

/** The world that clocks and links tell of at the moment. */
let world: World;

/** Entries hold it, so it is one object in all worlds. */
class Handle implements ChangeLink {
  constructor(
    private readonly id: Id,
    private readonly linkId: number,
  ) {}

  get isCurrent(): boolean {
    const { link, gate } = world.processes[this.id];
    return link?.id === this.linkId && link.node === gate;
  }

  get toldUntilMs(): number {
    const { link } = world.processes[this.id];
    return link?.id === this.linkId ? link.toldUntilMs : -Infinity;
  }
}

type TierClass = new (...args: ConstructorParameters<typeof NearTier<Kept>>) => NearTier<Kept>;

/** Rules outside of the tier that a mutation takes away. */
interface Surroundings {
  /** Where a read that is to fill the tier is answered. */
  readonly answeredBy: (process: Process) => Id;
  /** Whether a lost link is told to the tier. */
  readonly tellsLoss: boolean;
  readonly tellsArmed: boolean;
  /** Whether the tier hears of a write when it is handed over, and when it has ended. */
  readonly tellsHandover: boolean;
  readonly tellsEnd: boolean;
  /** Whether the link is taken for current though reads go elsewhere. */
  readonly checksPrimary: boolean;
  /** Whether what is under `x` has a tag. */
  readonly hasTag: boolean;
}

const AS_BUILT: Surroundings = {
  answeredBy: ({ gate }) => gate,
  tellsLoss: true,
  tellsArmed: true,
  tellsHandover: true,
  tellsEnd: true,
  checksPrimary: true,
  hasTag: false,
};

function begin(Tier: TierClass, handles: Map<string, Handle>, { checksPrimary, hasTag }: Surroundings): World {
  const tierOf = (id: Id): NearTier<Kept> => {
    const linkOf = (): ChangeLink | undefined => {
      const { link } = world.processes[id];
      if (!link) return undefined;
      const name = `${id} ${link.id}`;
      if (!handles.has(name)) handles.set(name, checksPrimary ? new Handle(id, link.id) : new TrustingHandle(id, link.id));
      const handle = handles.get(name)!;
      return handle.isCurrent ? handle : undefined;
    };
    const feed: ChangeFeed = { linkOf };
    const generationPrefix = hasTag ? 'y' : 'no name begins so';
    return new Tier({ store: new Map(), follow: () => feed, generationPrefix, maxAgeMs: 3_600_000, now: () => world.nowMs });
  };
  const none = { x: 0, y: 0 };
  const node: Node = { versions: none, overwrittenAtMs: {} };
  const process = (id: Id): Process => ({
    gate: 0,
    link: { id, node: 0, toldUntilMs: 0, isAsking: false, messages: [] },
    reading: undefined,
    writing: undefined,
    writes: none,
    acknowledged: none,
  });
  return {
    nowMs: 0,
    lastVersion: 0,
    lastLink: 1,
    primary: 0,
    isCutOff: false,
    replication: [],
    nodes: [node, node],
    processes: [process(0), process(1)],
    tiers: [tierOf(0), tierOf(1)],
  };
}

class TrustingHandle extends Handle {
  override get isCurrent(): boolean {
    return this.toldUntilMs > -Infinity;
  }
}

const copyOf = <T extends object>(object: T, changes: object = {}): T =>
  Object.assign(Object.create(Object.getPrototypeOf(object) as object) as T, object, changes);

/** The tier itself is the one that is built: copied as it is, with what it holds. */
function copyOfTier(tier: NearTier<Kept>): NearTier<Kept> {
  const parts = tier as unknown as {
    store: Map<string, NearEntry<Kept>>;
    fills: Map<string, Fill>;
    counts: object;
    tags: NearTags;
  };
  const copies = new Map<NearTag, NearTag>();
  const copyOfTag = (tag: NearTag): NearTag => copies.get(tag) ?? (copies.set(tag, copyOf(tag)).get(tag) as NearTag);
  const copyOfEntry = (entry: NearEntry<Kept>): NearEntry<Kept> => ({ ...entry, tags: entry.tags.map(copyOfTag) });
  const { tags } = parts.tags as unknown as { tags: Map<string, NearTag> };
  return copyOf(tier, {
    store: new Map([...parts.store].map(([key, entry]) => [key, entry.tags.length === 0 ? entry : copyOfEntry(entry)])),
    fills: new Map(parts.fills),
    tags: copyOf(parts.tags, { tags: new Map([...tags].map(([name, tag]) => [name, copyOfTag(tag)])) }),
    counts: { ...parts.counts },
  });
}

const replaced = <T>(pair: readonly [T, T], at: Id, change: Partial<T>): readonly [T, T] => {
  const changed = { ...pair[at], ...change };
  return at === 0 ? [changed, pair[1]] : [pair[0], changed];
};

const change = (id: Id, process: Partial<Process>): void => {
  world = { ...world, processes: replaced(world.processes, id, process) };
};

/** Something happens on a node: links to it are told, after what they were told before. */
function tellLinks(node: Id, message: Message): void {
  for (const id of PROCESSES) {
    const { link } = world.processes[id];
    if (link?.node === node) change(id, { link: { ...link, messages: [...link.messages, message] } });
  }
}

function store(at: Id, key: Key, version: number): void {
  const node = world.nodes[at];
  const overwrittenAtMs = { ...node.overwrittenAtMs, [`${key} ${node.versions[key]}`]: world.nowMs };
  world = { ...world, nodes: replaced(world.nodes, at, { versions: { ...node.versions, [key]: version }, overwrittenAtMs }) };
}

const OF_KEYS: ReadonlySet<string> = new Set(['read', 'write']);
const GLOBAL: ReadonlySet<string> = new Set(['pass', 'replicate', 'failover', 'flush']);

/** What can happen, by name: each returns false where it can't happen now. Changes `world` and its tiers. */
const ACTIONS: Readonly<Record<string, (id: Id, key: Key, how: Surroundings) => boolean>> = {
  read: (id, key) => {
    const { reading, writes } = world.processes[id];
    const fill = reading ? undefined : world.tiers[id].begin(key);
    if (fill) change(id, { reading: { key, fill, writes } });
    return fill !== undefined;
  },
  answer: (id, _key, { answeredBy }) => {
    const { reading } = world.processes[id];
    if (!reading || reading.versions !== undefined) return false;
    const { versions } = world.nodes[answeredBy(world.processes[id])];
    change(id, { reading: { ...reading, versions } });
    return true;
  },
  reply: (id, _key, { hasTag }) => {
    const { reading } = world.processes[id];
    if (reading?.versions === undefined) return false;
    const { fill, key, versions, writes } = reading;
    const seen = (of: Key): Seen => ({ version: versions[of], writes: writes[of] });
    const isTagged = hasTag && key === 'x';
    const content = isTagged ? { ...seen(key), generation: seen('y') } : seen(key);
    world.tiers[id].end(fill, { content, lifeMs: Infinity, generations: isTagged ? ['y'] : [] });
    change(id, { reading: undefined });
    return true;
  },
  write: (id, key, { tellsHandover }) => {
    const { writing, writes } = world.processes[id];
    if (writing !== undefined) return false;
    if (tellsHandover) world.tiers[id].wrote(key);
    change(id, { writing: key, writes: { ...writes, [key]: writes[key] + 1 } });
    return true;
  },
  execute: (id, _key, { tellsEnd }) => {
    const { writing: key, gate, acknowledged } = world.processes[id];
    if (key === undefined) return false;
    const isTaken = gate === world.primary;
    if (isTaken) {
      const version = world.lastVersion + 1;
      world = { ...world, lastVersion: version };
      store(gate, key, version);
      if (!world.isCutOff) world = { ...world, replication: [...world.replication, [key, version]] };
      tellLinks(gate, { key });
      change(id, { acknowledged: { ...acknowledged, [key]: version } });
    }
    if (tellsEnd) world.tiers[id].wrote(key);
    change(id, { writing: undefined });
    return true;
  },
  hear: (id) => {
    const { link } = world.processes[id];
    const [message, ...messages] = link?.messages ?? [];
    if (!link || !message) return false;
    if ('pongOfMs' in message) change(id, { link: { ...link, messages, isAsking: false, toldUntilMs: message.pongOfMs } });
    else {
      change(id, { link: { ...link, messages } });
      if (message.key === 'all') world.tiers[id].onAnyChange();
      else world.tiers[id].onChange(message.key);
    }
    return true;
  },
  lose: (id, _key, { tellsLoss }) => {
    if (!world.processes[id].link) return false;
    change(id, { link: undefined });
    if (tellsLoss) world.tiers[id].onAnyChange();
    return true;
  },
  arm: (id, _key, { tellsArmed, tellsLoss }) => {
    const { link, gate } = world.processes[id];
    if (link?.node === gate) return false;
    const lastLink = world.lastLink + 1;
    world = { ...world, lastLink };
    change(id, { link: { id: lastLink, node: gate, toldUntilMs: world.nowMs, isAsking: false, messages: [] } });
    if (tellsArmed || (link && tellsLoss)) world.tiers[id].onAnyChange();
    return true;
  },
  move: (id) => {
    if (world.processes[id].gate === world.primary) return false;
    change(id, { gate: world.primary });
    return true;
  },
  pass: () => {
    world = { ...world, nowMs: world.nowMs + TICK_MS };
    for (const each of PROCESSES) {
      const { link } = world.processes[each];
      if (!link || link.isAsking) continue;
      change(each, { link: { ...link, isAsking: true, messages: [...link.messages, { pongOfMs: world.nowMs }] } });
    }
    return true;
  },
  replicate: () => {
    const [first, ...replication] = world.replication;
    if (!first) return false;
    const replica = (1 - world.primary) as Id;
    world = { ...world, replication };
    store(replica, ...first);
    tellLinks(replica, { key: first[0] });
    return true;
  },
  /** The replica takes over with what it has; the old primary is cut off from it, and not from its clients. */
  failover: () => {
    if (world.isCutOff) return false;
    world = { ...world, primary: (1 - world.primary) as Id, isCutOff: true, replication: [] };
    return true;
  },
  flush: () => {
    for (const each of KEYS) {
      world = { ...world, lastVersion: world.lastVersion + 1 };
      store(world.primary, each, world.lastVersion);
    }
    tellLinks(world.primary, { key: 'all' });
    return true;
  },
};

/** Each step that can be tried: its text, and the arguments of its action. */
const STEPS: readonly (readonly [string, string, Id, Key])[] = Object.keys(ACTIONS).flatMap(
  (name): (readonly [string, string, Id, Key])[] => {
    if (GLOBAL.has(name)) return [[name, name, 0, 'x'] as const];
    if (!OF_KEYS.has(name)) return PROCESSES.map((id) => [`${name} ${id}`, name, id, 'x'] as const);
    return PROCESSES.flatMap((id) => KEYS.map((key) => [`${name} ${id} ${key}`, name, id, key] as const));
  },
);

/** Says what is wrong with what the tiers would serve now. */
function fault(): string | undefined {
  for (const id of PROCESSES) {
    for (const key of KEYS) {
      const content = world.tiers[id].find(key)?.content;
      const wrong = content && (faultOf(id, key, content) ?? (content.generation && faultOf(id, 'y', content.generation)));
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function faultOf(id: Id, key: Key, { version, writes: known }: Seen): string | undefined {
  const { gate, writes, acknowledged } = world.processes[id];
  const node = world.nodes[gate];
  const overwrittenAtMs = node.overwrittenAtMs[`${key} ${version}`];
  if (known < writes[key]) return 'it was read before a write of this process was handed over';
  if (version < acknowledged[key] && gate === world.primary) return 'this process wrote something newer';
  if (node.versions[key] === version) return undefined;
  if (overwrittenAtMs === undefined) return 'the node that reads go to never had it';
  return world.nowMs - overwrittenAtMs > MOST_UNTOLD_MS ? 'it was overwritten too long ago' : undefined;
}

/** Two worlds that are told apart by nothing but when they are have one text. */
function textOf(): string {
  const age = (ms: number): number => Math.min(world.nowMs - ms, 3 * TICK_MS);
  const tagText = ({ isOver, link }: NearTag): unknown => [isOver, link.isCurrent, age(link.toldUntilMs)];
  const entryText = ({ content, link, tags }: NearEntry<Kept>): unknown => [
    content,
    link.isCurrent,
    age(link.toldUntilMs),
    tags.map(tagText),
  ];
  const maps = world.tiers.map((tier) => {
    const { store: kept, fills } = tier as unknown as { store: Map<string, NearEntry<Kept>>; fills: Map<string, Fill> };
    return [[...kept].map(([key, entry]) => [key, entryText(entry)]), [...fills].map(([key, { link }]) => [key, link.isCurrent])];
  });
  const processes = world.processes.map(({ link, reading, ...rest }) => [
    rest,
    link && [
      link.node,
      age(link.toldUntilMs),
      link.isAsking,
      link.messages.map((message) => ('key' in message ? message.key : age(message.pongOfMs))),
    ],
    reading && [reading.key, reading.writes, reading.versions, reading.fill.link.isCurrent],
  ]);
  const nodes = world.nodes.map(({ versions, overwrittenAtMs }) => [
    versions,
    Object.entries(overwrittenAtMs).map(([name, ms]) => [name, age(ms)]),
  ]);
  return JSON.stringify([world.primary, world.isCutOff, world.replication, nodes, processes, maps]);
}

interface Found {
  readonly states: number;
  /** What happened, and what is wrong then; undefined when nothing is. */
  readonly counterexample: string | undefined;
}

/** Goes through all states that `depth` steps lead to, or until something is wrong. */
function explore(
  depth: number,
  how = AS_BUILT,
  Tier: TierClass = NearTier,
  isTried: (step: string) => boolean = () => true,
): Found {
  const steps = STEPS.filter(([text]) => isTried(text));
  world = begin(Tier, new Map(), how);
  const seen = new Set([textOf()]);
  let frontier: [World, string][] = [[world, '']];
  for (let made = 0; made < depth; made += 1) {
    const next: typeof frontier = [];
    for (const [from, path] of frontier) {
      for (const [step, name, id, key] of steps) {
        world = { ...from, tiers: [copyOfTier(from.tiers[0]), copyOfTier(from.tiers[1])] };
        if (!ACTIONS[name]!(id, key, how)) continue;
        const wrong = fault();
        if (wrong !== undefined) return { states: seen.size, counterexample: `${path}${step}: ${wrong}` };
        const text = textOf();
        if (seen.has(text)) continue;
        seen.add(text);
        next.push([world, `${path}${step}, `]);
      }
    }
    frontier = next;
  }
  return { states: seen.size, counterexample: undefined };
}

class ServesOverSilence extends NearTier<Kept> {
  protected override mayServe({ link }: NearEntry<Kept>): boolean {
    return link.isCurrent;
  }
}

class KeepsWhatChanged extends NearTier<Kept> {
  private readonly begun = new Map<string, Fill>();

  override begin(key: string): Fill | undefined {
    const fill = super.begin(key);
    if (fill) this.begun.set(key, fill);
    return fill;
  }

  protected override mayKeep({ link }: Fill): boolean {
    return link.isCurrent;
  }
}

class KeepsWhatItWrote extends NearTier<Kept> {
  override wrote(key: string): void {
    (this as unknown as { store: Map<string, unknown> }).store.delete(key);
  }
}

class KeepsOverAnyLink extends NearTier<Kept> {
  override onAnyChange(): void {
    (this as unknown as { store: Map<string, unknown> }).store.clear();
  }

  override end(fill: Fill, filled: Filled<Kept>): boolean {
    const link = (this as unknown as { feed: ChangeFeed }).feed.linkOf(fill.key);
    const fills = (this as unknown as { fills: Map<string, Fill> }).fills;
    const isPending = fills.get(fill.key) === fill;
    if (isPending && link && link !== fill.link) {
      fills.set(fill.key, { ...fill, link });
      return super.end(fills.get(fill.key)!, filled);
    }
    return super.end(fill, filled);
  }
}

class ServesOverAnyLink extends NearTier<Kept> {
  protected override mayServe(_entry: NearEntry<Kept>, nowMs: number): boolean {
    const link = (this as unknown as { feed: ChangeFeed }).feed.linkOf('x');
    return link !== undefined && nowMs - link.toldUntilMs <= MOST_UNTOLD_MS;
  }
}

class DeafToFlush extends NearTier<Kept> {
  override onAnyChange(): void {}
}

class DeafToChange extends NearTier<Kept> {
  override onChange(): void {}
}

/** The generation of a tag is for it the same as any key. */
class KnowsNoTags extends NearTier<Kept> {
  override end(fill: Fill, { content, lifeMs }: Filled<Kept>): boolean {
    return super.end(fill, { content, lifeMs });
  }
}

class KeepsWhatATagEnded extends NearTier<Kept> {
  override onChange(name: string): void {
    const { fills } = this as unknown as { fills: Map<string, Fill> };
    const under = [...fills];
    super.onChange(name);
    if (name === 'y') for (const [key, fill] of under) fills.set(key, fill);
  }
}

describe('NearTier', () => {
  it.each([false, true])(`serves nothing stale in any state that ${DEPTH} steps lead to (with a tag: %s)`, (hasTag) => {
    const { states, counterexample } = explore(DEPTH, { ...AS_BUILT, hasTag });
    expect(counterexample).toBeUndefined();
    expect(states).toBeGreaterThan(1000);
    if (process.env['NEAR_DEPTH'] !== undefined) process.stdout.write(`${states} states\n`);
  });

  /** Each rule, taken away: what it looks like, and the kinds of steps that are enough to see it. */
  it.each<[string, Partial<Surroundings>, TierClass, string]>([
    [
      'served only while reads go to the primary of their link',
      { checksPrimary: false },
      NearTier,
      'failover, move 0, write 1 x, execute 1, move 1',
    ],
    [
      'served only over the link that they were filled over',
      { tellsLoss: false, tellsArmed: false },
      ServesOverAnyLink,
      'lose 0, arm 0',
    ],
    ['served only while the link shows that it tells everything', {}, ServesOverSilence, ''],
    ['kept only if the key did not change since the read began', {}, KeepsWhatChanged, 'hear 0'],
    ['kept only if this process wrote nothing since the read began', {}, KeepsWhatItWrote, 'write 0 x, execute 0'],
    ['kept only if the link is the same', {}, KeepsOverAnyLink, 'lose 0, arm 0'],
    ['filled from the primary, never from a replica', { answeredBy: ({ gate }) => (1 - gate) as Id }, NearTier, 'hear 0'],
    ['dropped when a write is handed over', { tellsHandover: false }, NearTier, 'write 0 x, execute 0'],
    ['dropped when a write has ended', { tellsEnd: false }, NearTier, 'write 0 x, execute 0'],
    ['dropped when anything may have changed', {}, DeafToFlush, 'flush, hear 0'],
    ['dropped when the key changes', {}, DeafToChange, 'hear 0'],
    ['dropped when a tag changes', { hasTag: true }, KnowsNoTags, 'hear 0, write 1 y'],
    ['kept only if no tag changed since the read began', { hasTag: true }, KeepsWhatATagEnded, 'hear 0, write 1 y'],
    ['dropped when the end of a tag is handed over', { hasTag: true, tellsHandover: false }, NearTier, 'write 0 y, execute 0'],
  ])('finds out when entries are not %s, and that they are', (_rule, how, Tier, names) => {
    const steps = new Set(['read 0 x', 'answer 0', 'reply 0', 'write 1 x', 'execute 1', 'pass', ...names.split(', ')]);
    const isTried = (step: string): boolean => steps.has(step);
    const { counterexample = '' } = explore(12, { ...AS_BUILT, ...how }, Tier, isTried);
    expect(counterexample).not.toBe('');
    // As far as that, and some steps further, what is built holds.
    const asBuilt = explore(
      counterexample.split(', ').length + 2,
      { ...AS_BUILT, hasTag: how.hasTag ?? false },
      NearTier,
      isTried,
    );
    expect(asBuilt.counterexample).toBeUndefined();
  });
});
