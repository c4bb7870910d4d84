import { MOST_NODES, readClusterAnswer, readNodeAddress, type ClusterAnswer, type ClusterMember } from './cluster-reply.js';
import { ANSWER_MS, type ClusterNode } from './cluster-node.js';
import type { ClusterNodes } from './cluster-nodes.js';
import { diagnosisOf } from './cluster-diagnosis.js';
import { addressText } from '../contract/node-address.js';
import { ask } from '../contract/redis-client.js';
import { BYTES } from '../resp/reply-shape.js';
import { SlotMap } from './slot-map.js';
import { translatorOf, type TranslateAddress } from '../wire/translate-address.js';
import { transient, DiagnosisError, type Diagnosis } from '../wire/diagnosis.js';
import type { ClientEvent } from '../contract/client-event.js';
import type { ClusterTopologyConfig, TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** How often the nodes are asked: while all is well, while something is wrong, and after that has lasted. */
const CALM_MS = 3000;
const URGENT_MS = 100;
const LASTING_MS = 1000;
/** How long after the last bad news: longer than nodes take by default to agree on a new primary. */
const URGENT_FOR_MS = 30_000;
/** How many nodes are asked at a time: enough that one of them knows the newest epoch. */
const MOST_ASKED = 5;
/**
 * How many owners are connected to at a time, ahead of their first call: one answer must not open hundreds of
 * sockets at once.
 */
const MOST_OPENING = 32;
/** An older answer does not count any more. */
const ANSWER_HOLDS_MS = 10_000;

interface RecentAnswer {
  readonly answer: ClusterAnswer;
  readonly text: string;
  readonly atMs: number;
}

/** Slots of one node that another one has now; addresses as text, for the log. */
export interface Handover {
  readonly from: string;
  readonly to: string;
}

/**
 * Keeps the map of slots to primaries. Asks several nodes at a time (CLUSTER SLOTS, and CLUSTER NODES for the
 * epochs): every three seconds, many times a second while something is wrong. Joins their answers by epoch,
 * as the nodes themselves do.
 */
export class ClusterTopology {
  readonly #config: ClusterTopologyConfig;
  /** Undefined until the first answer. */
  map: SlotMap | undefined;
  /** Whether no node that was asked last could say which node has which slot. */
  hasFailed = false;
  /** Why there is no map. */
  diagnosis: Diagnosis = transient('no-primary', 'no node of the cluster was asked yet.');
  private readonly translate: TranslateAddress;
  private readonly answers = new Map<string, RecentAnswer>();
  private readonly asking = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private lookedAtMs = -Infinity;
  private urgentUntilMs = 0;
  private closed = false;
  /** Nodes whose last answer was invalid. Each gets one line in the log until it gives a valid one. */
  private readonly invalid = new Set<string>();

  constructor(
    config: ClusterTopologyConfig,
    private readonly nodes: ClusterNodes,
    private readonly emit: (event: ClientEvent) => void,
    private readonly onNews: (handovers: readonly Handover[]) => void,
  ) {
    this.#config = config;
    this.translate = translatorOf(config.natMap);
  }

  start(): void {
    this.alarm();
  }

  /** Asks many times a second for the next 30 seconds. */
  alarm(): void {
    this.urgentUntilMs = performance.now() + URGENT_FOR_MS;
    this.lookSoon();
  }

  /** Asks as soon as 100 ms have passed since the nodes were asked last. */
  lookSoon(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const inMs = this.lookedAtMs + URGENT_MS - performance.now();
    if (inMs <= 0) void this.look();
    else this.timer = setTimeout(() => void this.look(), inMs);
  }

  /** Records where a node (MOVED) says that a slot is. */
  moved(slot: number, owner: TcpAddress): void {
    this.map?.assign(slot, owner);
    this.lookSoon();
  }

  /** Translates the address of a redirection; undefined when it can't be read. */
  addressOf(host: string, port: number, asked: TcpAddress): TcpAddress | undefined {
    return readNodeAddress(host, port, { asked, translate: this.translate });
  }

  /** All nodes of the cluster, replicas included, as the newest answer lists them. */
  members(): readonly ClusterMember[] {
    return this.map?.members ?? [];
  }

  /** Asks now. Resolves when each node has answered or its time is over. Never rejects. */
  async look(): Promise<void> {
    clearTimeout(this.timer);
    if (this.closed) return;
    const nowMs = performance.now();
    this.lookedAtMs = nowMs;
    const isUrgent = nowMs < this.urgentUntilMs;
    const pauseMs = isUrgent ? URGENT_MS : this.isWell() ? CALM_MS : LASTING_MS;
    // A node that hangs must not delay the next question.
    this.timer = setTimeout(() => void this.look(), pauseMs);
    this.openSome();
    const asked = this.toAsk();
    const diagnoses = await Promise.all(asked.map((node) => this.ask(node)));
    if (asked.length > 0) this.settleLook(diagnoses);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private isWell(): boolean {
    const owners = this.owners();
    return owners.length > 0 && owners.every((node) => node.state().status === 'up');
  }

  /** The nodes that have slots. */
  owners(): ClusterNode[] {
    return [...(this.map?.shares().values() ?? [])].map(({ address }) => this.nodes.at(address));
  }

  /** The owners to which a connection was asked for. */
  opened(): ClusterNode[] {
    return this.owners().filter(({ started }) => started);
  }

  /** Connects to owners ahead of their first call, a few at a time. */
  private openSome(): void {
    const owners = this.owners();
    const opening = owners.filter((node) => node.started && node.state().status === 'connecting').length;
    const closed = owners.filter(({ started }) => !started);
    for (const node of closed.slice(0, Math.max(0, MOST_OPENING - opening))) node.start();
  }

  /** Picks primaries that are up; without any, from all nodes that were ever named. */
  private toAsk(): ClusterNode[] {
    const owners = this.owners();
    const up = owners.filter((node) => node.state().status === 'up');
    const known = up.length > 0 ? up : [...new Set([...owners, ...this.named().map((address) => this.nodes.at(address))])];
    const free = known.filter((node) => !this.asking.has(node.label));
    return shuffled(free).slice(0, MOST_ASKED);
  }

  /** The nodes of the settings and those that an answer named, replicas included. */
  private named(): TcpAddress[] {
    return [...this.#config.nodes, ...this.members().map(({ address }) => address)];
  }

  /** Asks one node. Resolves to why it gave no answer; undefined when it did. */
  private async ask(node: ClusterNode): Promise<Diagnosis | undefined> {
    this.asking.add(node.label);
    try {
      const deadlineMs = Math.min(ANSWER_MS, node.callDeadlineMs);
      const question = { kind: 'read', name: 'CLUSTER', keys: [], deadlineMs } as const;
      const [slots, members] = await Promise.all([
        node.send({ ...question, args: ['SLOTS'] }),
        ask(node, { ...question, args: ['NODES'], reply: BYTES }).then(String, () => ''),
      ]);
      this.onAnswer(node, slots, members);
      this.invalid.delete(node.label);
      return undefined;
    } catch (error) {
      if (error instanceof DiagnosisError) this.warnOfInvalid(node, error.message);
      return diagnosisOf(error, { label: node.label, state: node.state() });
    } finally {
      this.asking.delete(node.label);
    }
  }

  private onAnswer(node: ClusterNode, slots: unknown, members: string): void {
    if (this.closed) return;
    const answer = readClusterAnswer(slots, members, { asked: node.address, translate: this.translate });
    if (answer.claims.length === 0) {
      if (!this.map) this.diagnosis = transient('no-primary', `${node.label} says that no node has any slot.`);
      return;
    }
    const nowMs = performance.now();
    const text = JSON.stringify(answer);
    const isKnown = this.answers.get(node.label)?.text === text;
    this.answers.delete(node.label);
    this.answers.set(node.label, { answer, text, atMs: nowMs });
    for (const [label, { atMs }] of this.answers) if (nowMs - atMs > ANSWER_HOLDS_MS) this.answers.delete(label);
    if (!isKnown || !this.map) this.adopt(this.mapWith(node));
    // Closes nodes that were used for ASK and never got the slot.
    else this.nodes.keep(new Set(this.map.shares().keys()), new Set());
  }

  /**
   * Joins all recent answers. Forgets the newest one when there are more owners with it than a cluster can
   * have.
   */
  private mapWith({ label }: ClusterNode): SlotMap {
    const map = SlotMap.of([...this.answers.values()].map(({ answer }) => answer));
    if (map.shares().size <= MOST_NODES) return map;
    this.answers.delete(label);
    throw new DiagnosisError(transient('protocol', 'answered with nodes of which the others know nothing, too many of them.'));
  }

  private adopt(map: SlotMap): void {
    const old = this.map;
    this.map = map;
    const owners = new Set(map.shares().keys());
    const successors = old ? map.successors(old) : new Map<string, string | undefined>();
    this.nodes.keep(owners, new Set(old ? successors.keys() : this.#config.nodes.map(addressText)));
    this.openSome();
    this.onNews([...successors].flatMap(([from, to]) => (to === undefined ? [] : [{ from, to }])));
  }

  private warnOfInvalid({ label }: ClusterNode, message: string): void {
    if (this.invalid.has(label) || this.closed) return;
    this.invalid.add(label);
    this.emit({ kind: 'warning', level: 'warn', message: `${label} ${message} It is not believed; others are asked.` });
  }

  private settleLook(outcomes: readonly (Diagnosis | undefined)[]): void {
    const diagnoses = outcomes.filter((diagnosis) => diagnosis !== undefined);
    this.hasFailed = diagnoses.length === outcomes.length;
    if (!this.hasFailed || this.closed) return;
    this.diagnosis = diagnoses.find((diagnosis) => !diagnosis.permanent) ?? diagnoses[0]!;
    if (!this.map) this.onNews([]);
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
