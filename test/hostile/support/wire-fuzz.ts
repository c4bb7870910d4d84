import type { Transpiled } from '../../nest/support/transpile.js';
import { randomNumbers } from '../mutants.js';
import type { HostileReply, Random } from './frames.js';
import { DEADLINE_MS, settingsOf, startLane, type Lane } from './lanes.js';
import type { Role } from './scripted-server.js';
import { WireChild, type CallOutcome } from './wire-child.js';

/** How many replies go to connections of each kind, and on how many caches side by side. */
export type Shares = Readonly<Record<Role, { readonly lanes: number; readonly replies: number }>>;

export interface Fuzz {
  readonly seed: number;
  readonly shares: Shares;
  readonly make: (random: Random, port: number, role: Role) => HostileReply;
}

/** What came of it. Whatever is listed should be nothing. */
export interface FuzzReport {
  readonly replies: Record<Role, number>;
  calls: number;
  readonly outcomes: Record<string, number>;
  readonly accidents: string[];
  readonly ended: string[];
  readonly late: string[];
  readonly wrong: string[];
  readonly notHealed: string[];
  slowestMs: number;
  slowestHealingMs: number;
  peakRssMb: number;
}

/** Beyond its deadline a call may take so long, on a busy machine. */
const MARGIN_MS = 5000;
/** A server that is well again is used within two deadlines; on a busy machine within this. */
const HEALED_WITHIN_MS = 30_000;
/** Nothing of a call or a reply takes so long: the process is stuck. */
const STUCK_MS = 60_000;
/** Hostile calls between two looks at a server that is well. */
const ROUNDS = 6;
/** A library that dies so often need not be asked on. */
const MOST_ENDS = 8;

const OPERATIONS = (
  'get getMany set add setMany delete deleteMany has touch ttl pttl incr getWithPttl getWithToken incrVersion keys clear flush ' +
  'hash fields members areMembers scores rank isLocked command'
).split(' ');

/** Sends the replies to a process that uses the library, and looks after each few whether it still can use a server that is well. */
export async function fuzz(library: Transpiled, { seed, shares, make }: Fuzz): Promise<FuzzReport> {
  const roles = Object.entries(shares) as [Role, Shares[Role]][];
  const lanes = (
    await Promise.all(roles.flatMap(([role, { lanes: count }]) => Array.from({ length: count }, (_, i) => startLane(role, i))))
  ).flat();
  const report = emptyReport();
  const client = new Survivor(library, lanes, report);
  try {
    await Promise.all(
      lanes.map(async (lane, i) => {
        const share = shares[lane.role];
        const random = randomNumbers(seed + 7919 * i);
        await runLane({ lane, random, report, client, quota: Math.ceil(share.replies / share.lanes), make });
      }),
    );
    for (const lane of lanes) report.replies[lane.role] += lane.sent;
    return report;
  } finally {
    await client.close();
    await Promise.all(lanes.map((lane) => lane.stop()));
  }
}

interface LaneRun {
  readonly lane: Lane;
  readonly random: Random;
  readonly report: FuzzReport;
  readonly client: Survivor;
  readonly quota: number;
  readonly make: Fuzz['make'];
}

async function runLane({ lane, random, report, client, quota, make }: LaneRun): Promise<void> {
  const recent: string[] = [];
  await heal(lane, client, report, recent);
  while (lane.sent < quota && !client.hasGivenUp) {
    lane.turnHostile((numbers, port) => {
      const reply = make(numbers, port, lane.role);
      recent.push(reply.kind);
      if (recent.length > 12) recent.shift();
      return reply;
    }, random);
    for (let round = 0; round < ROUNDS && !client.hasGivenUp; round += 1) {
      const operations = Array.from({ length: 3 }, () => OPERATIONS[random(OPERATIONS.length)]!);
      for (const outcome of await client.calls(lane.alias, operations, recent)) note(outcome, report, recent);
    }
    lane.turnWell();
    await heal(lane, client, report, recent);
  }
}

/** Waits until the server is used again, then takes every place that a gate of three has at once. */
async function heal(lane: Lane, client: Survivor, report: FuzzReport, recent: readonly string[]): Promise<void> {
  const startedAtMs = performance.now();
  const words = (): string => `${lane.alias}, after ${recent.join(', ')}`;
  while (!client.hasGivenUp) {
    const [first] = await client.calls(lane.alias, ['serve'], recent);
    if (first?.outcome === 'answered') break;
    if (performance.now() - startedAtMs > HEALED_WITHIN_MS)
      return void report.notHealed.push(`not used again (${first?.outcome}): ${words()}`);
  }
  if (client.hasGivenUp) return;
  report.slowestHealingMs = Math.max(report.slowestHealingMs, Math.round(performance.now() - startedAtMs));
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const all = await client.calls(lane.alias, ['serve', 'serve', 'serve'], recent);
    if (all.length === 3 && all.every(({ outcome }) => outcome === 'answered')) return;
  }
  report.notHealed.push(`three at once are never served: ${words()}`);
}

function note({ operation, ms, outcome, wrong }: CallOutcome, report: FuzzReport, recent: readonly string[]): void {
  report.calls += 1;
  report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
  report.slowestMs = Math.max(report.slowestMs, Math.round(ms));
  if (wrong !== undefined) report.wrong.push(wrong);
  // One that goes through keys makes many calls.
  const bound = (operation === 'keys' || operation === 'clear' ? 40 : 1) * DEADLINE_MS + MARGIN_MS;
  if (ms > bound) report.late.push(`${operation} took ${Math.round(ms)} ms, among ${recent.join(', ')}`);
}

/** The process, and the next one where it ends. */
class Survivor {
  hasGivenUp = false;
  private child: Promise<WireChild> | undefined;

  constructor(
    private readonly library: Transpiled,
    private readonly lanes: readonly Lane[],
    private readonly report: FuzzReport,
  ) {}

  /** No outcomes: the process ended meanwhile. */
  async calls(alias: string, operations: readonly string[], recent: readonly string[]): Promise<CallOutcome[]> {
    const starting = (this.child ??= WireChild.start(this.library, settingsOf(this.lanes)));
    const child = await starting;
    try {
      return await child.calls(alias, operations, STUCK_MS);
    } catch (error) {
      if (this.child === starting) {
        this.report.ended.push(`${(error as Error).message}, among ${recent.join(', ')}`);
        this.hasGivenUp ||= this.report.ended.length >= MOST_ENDS;
        await this.close();
      }
      return [];
    }
  }

  async close(): Promise<void> {
    const starting = this.child;
    this.child = undefined;
    const child = await starting;
    if (!child) return;
    this.report.accidents.push(...child.accidents);
    this.report.peakRssMb = Math.max(this.report.peakRssMb, Math.round(child.peakRssBytes / 2 ** 20));
    await child.close();
  }
}

function emptyReport(): FuzzReport {
  return {
    replies: { data: 0, sentinel: 0, cluster: 0 },
    calls: 0,
    outcomes: {},
    accidents: [],
    ended: [],
    late: [],
    wrong: [],
    notHealed: [],
    slowestMs: 0,
    slowestHealingMs: 0,
    peakRssMb: 0,
  };
}
