import type { NodeConnection, NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText, sameAddress } from '../contract/node-address.js';
import type { PrimarySource } from '../primary/primary-source.js';
import { RecentWrites } from './recent-writes.js';
import { PrimaryOffsets, readPrimaryInfo, readPrimaryRole } from './replica-lag.js';
import { Deadlines } from '../gate/deadlines.js';
import type { PendingCall } from '../gate/pending-call.js';
import type { ReplicaRead } from './replica-read.js';
import { textOf } from '../resp/reply-shape.js';
import { ReplicaLink } from './replica-link.js';
import { MAX_LAG_MS } from '../../telemetry/monitored-topology.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** How long own writes are read from the primary at least. */
const OWN_WRITES_MS = 250;
/** Assumed for a replica whose ACL forbids asking for its lag. */
const UNKNOWN_LAG_MS = 1000;
/** A replica gets this part of a call's deadline: a third. */
const PATIENCE_PARTS = 3;
/** Number of written keys that are remembered. */
const REMEMBERED_KEYS = 10_000;
/** How often replicas are listed and asked for their position. */
const REFRESH_MS = 1000;

/**
 * Answers reads from replicas where that is safe. Leaves to the primary: keys that this process wrote
 * recently, and reads for which each replica is down, behind, cut off, or slower than a third of the
 * deadline.
 */
export class ReplicaReader {
  readonly #setup: NodeConnectionSetup;
  private links = new Map<string, ReplicaLink>();
  private readonly writes = new RecentWrites(REMEMBERED_KEYS, 2 * MAX_LAG_MS);
  private readonly offsets = new PrimaryOffsets();
  private refreshTimer: NodeJS.Timeout | undefined;
  /** The links in their order, which is that of the turns. */
  private row: readonly ReplicaLink[] = [];
  private next = 0;
  /** Whether the next replica is next as soon as the code that runs now is done. */
  private isTurnCounted = false;
  private closed = false;
  private readonly patienceMs: number;
  private readonly patience: Deadlines<ReplicaRead>;

  constructor(
    setup: NodeConnectionSetup,
    private readonly source: PrimarySource,
    private readonly primary: () => NodeConnection | undefined,
    /** Asks the primary instead. */
    private readonly fallBack: (call: PendingCall) => void,
  ) {
    this.#setup = setup;
    this.patienceMs = setup.config.callDeadlineMs / PATIENCE_PARTS;
    this.patience = new Deadlines(this.patienceMs, (read) => setImmediate(() => this.onLate(read)));
  }

  start(): void {
    this.next = Math.floor(Math.random() * 1000);
    void this.refresh();
  }

  /** A write of these keys is about to be sent. */
  beforeWriteOf(keys: readonly string[] | 'all'): void {
    this.recordWrite(keys);
    for (const link of this.row) link.beforeWriteOf(keys);
  }

  /** A write of these keys has just been answered. */
  recordWrite(keys: readonly string[] | 'all'): void {
    this.writes.add(keys, performance.now());
  }

  /** Asks a replica. Returns false when the primary has to be asked. */
  take(call: PendingCall): boolean {
    const link = this.pick(call.command.keys);
    const read = link?.ask(call, this.onMiss);
    if (!read) return false;
    // It may have ended in place, when the connection is just breaking.
    if (read.isOver) return true;
    if (call.deadlineMs === this.#setup.config.callDeadlineMs) this.patience.add(read);
    else read.timer = setTimeout(() => setImmediate(() => this.onLate(read)), call.deadlineMs / PATIENCE_PARTS);
    return true;
  }

  /**
   * Closes the connection to a node that is about to become the primary, so that the bound of sockets to one
   * node holds.
   */
  release(address: NodeAddress): void {
    const text = addressText(address);
    this.links.get(text)?.close();
    this.links.delete(text);
    this.row = [...this.links.values()];
  }

  /** Our connection to each replica. */
  facts(): { address: string; connected: boolean; lagMs: number | null }[] {
    return [...this.links.values()].map((link) => ({ address: link.label, connected: link.isOpen, lagMs: link.lagMs }));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.refreshTimer);
    for (const link of this.links.values()) link.close();
    this.links.clear();
    this.row = [];
    this.patience.close();
  }

  /**
   * Picks the replica that is next, or the first behind it that certainly has what this process wrote of
   * these keys. What is read in one go is asked of one replica, which can answer it together.
   */
  private pick(keys: readonly string[] | 'all'): ReplicaLink | undefined {
    const { row } = this;
    const nowMs = performance.now();
    // Cut off from a primary that is up, a replica falls behind; from one that is down, it has what there is.
    const primaryIsUp = this.primary() !== undefined;
    for (let i = 0; i < row.length; i += 1) {
      const link = row[(this.next + i) % row.length]!;
      if (!link.isOpen || (link.lagMs ?? 0) > MAX_LAG_MS) continue;
      if (primaryIsUp && (!link.isLinked || link.isResting)) continue;
      const windowMs = Math.max(OWN_WRITES_MS, 2 * (primaryIsUp ? (link.worstLagMs() ?? UNKNOWN_LAG_MS) : 0));
      if (!this.writes.settledFor(keys, windowMs, nowMs)) continue;
      this.countTurn();
      return link;
    }
    return undefined;
  }

  private countTurn(): void {
    if (this.isTurnCounted) return;
    this.isTurnCounted = true;
    // Not setImmediate: it takes the event loop round once more, which a lone call would pay for.
    process.nextTick(this.endTurn);
  }

  private readonly endTurn = (): void => {
    this.isTurnCounted = false;
    this.next = (this.next + 1) % Math.max(1, this.row.length);
  };

  private readonly onMiss = ({ call }: ReplicaRead): void => this.fallBack(call);

  private onLate(read: ReplicaRead): void {
    if (!read.end()) return;
    for (const link of this.row) if (link.isOn(read)) link.onLate(read);
    this.fallBack(read.call);
  }

  private async refresh(): Promise<void> {
    clearTimeout(this.refreshTimer);
    await Promise.all([this.refreshList(), this.samplePrimary()]);
    await Promise.all([...this.links.values()].map((link) => link.probe()));
    const nowMs = performance.now();
    for (const link of this.links.values()) link.setLag(link.position ? this.offsets.lagOf(link.position, nowMs) : null);
    if (!this.closed) this.refreshTimer = setTimeout(() => void this.refresh(), REFRESH_MS);
  }

  private async refreshList(): Promise<void> {
    const primary = this.primary()?.address;
    const candidates = await this.source.replicas();
    const listed = candidates.filter(({ address, usable }) => usable && !sameAddress(address, primary));
    if (this.closed) return;
    const wanted = new Map(listed.map(({ address }) => [addressText(address), address]));
    for (const [text, link] of this.links) {
      if (wanted.has(text)) continue;
      link.close();
      this.links.delete(text);
    }
    for (const [text, address] of wanted) {
      if (this.links.has(text)) continue;
      const link = new ReplicaLink(address, this.#setup, this.#setup.config.topology.kind === 'sentinel');
      this.links.set(text, link);
      link.start();
    }
    this.row = [...this.links.values()];
    for (const { address, linked } of listed) this.links.get(addressText(address))!.listedAsLinked = linked;
  }

  private async samplePrimary(): Promise<void> {
    const connection = this.primary();
    if (!connection?.isOpen) return;
    const offset =
      (await ask(connection, 'ROLE', [], readPrimaryRole)) ??
      (await ask(connection, 'INFO', ['replication'], (text) => readPrimaryInfo(textOf(text) ?? '')));
    if (offset !== undefined) this.offsets.add(offset, performance.now());
  }
}

/** Resolves to the reply, read; to undefined when it was refused, lost, or took more than half a second. */
function ask<T>(
  connection: NodeConnection,
  name: string,
  args: readonly string[],
  read: (reply: unknown) => T | undefined,
): Promise<T | undefined> {
  if (!connection.isOpen) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), REFRESH_MS / 2);
    connection.send(name, args, (outcome) => {
      clearTimeout(timer);
      resolve(outcome.kind === 'reply' ? read(outcome.value) : undefined);
    });
  });
}
