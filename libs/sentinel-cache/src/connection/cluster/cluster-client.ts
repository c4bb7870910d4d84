import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { keySlot } from '../../keys/key-slot.js';
import type { ChangeFeed, ChangeListener } from '../contract/change-feed.js';
import type { ClusterNode } from './cluster-node.js';
import { ClusterNodes } from './cluster-nodes.js';
import { readClusterTopology, stateOfCluster } from './read-cluster-topology.js';
import { nextStep, type Redirection } from './cluster-redirect.js';
import { outageOf } from '../gate/pending-call.js';
import { HostResolver } from '../wire/host-resolver.js';
import { Subscriber } from '../subscriber/subscriber.js';
import { anyPrimaryOf, primaryToHear } from './pick-primary.js';
import { PrimaryFollower } from './primary-follower.js';
import type { DeploymentTopology, PrimaryClient, RedisClient, RedisCommand } from '../contract/redis-client.js';
import { RoutedCall } from './routed-call.js';
import { ClusterTopology, type Handover } from './cluster.topology.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';
import { WaitQueue } from './wait-queue.js';
import type { ClientEvent, ClientState } from '../contract/client-event.js';
import type { ClusterTopologyConfig, ConnectionConfig } from '../../settings/shapes/resolved-connection.js';

/** After this many redirections in a row, further ones wait: the nodes do not agree yet. */
const PAUSE_AFTER_REDIRECTS = 5;
const REDIRECT_PAUSE_MS = 20;

const INVALID_TARGET = 'redirected it to an address where no node of the cluster can be.';
const CLOSED = transient('closed', 'the cache has been closed.');

/** Where the next attempt goes, when not to the owner in the map. */
interface RedirectTarget {
  readonly node: ClusterNode;
  readonly asking: boolean;
}

/**
 * Talks to a Redis Cluster: a gate for each primary, and a map of slots to primaries.
 *
 * A call goes to the primary of its slot. MOVED, ASK, TRYAGAIN and CLUSTERDOWN say that it was not executed:
 * it goes on to the next node, within its one deadline. Calls that wait for a primary which lost its slots go
 * to its successor.
 */
export class ClusterClient implements RedisClient {
  readonly readsReplicas = false;
  readonly callDeadlineMs: number;
  private readonly nodes: ClusterNodes;
  private readonly slots: ClusterTopology;
  private readonly waiting: WaitQueue;
  private readonly subscriber: Subscriber;
  readonly listen: RedisClient['listen'] = (channel, wake) => this.subscriber.listen(channel, wake);
  private started = false;
  private closed = false;
  /** Grows with each change that makes a SCAN cursor worthless: a new connection, slots that moved. */
  private changes = 0;

  constructor(
    config: ConnectionConfig,
    topology: ClusterTopologyConfig,
    private readonly emit: (event: ClientEvent) => void,
  ) {
    this.callDeadlineMs = config.callDeadlineMs;
    this.nodes = new ClusterNodes(config, (event) => this.onNodeEvent(event));
    this.slots = new ClusterTopology(topology, this.nodes, emit, (handovers) => this.onMapChange(handovers));
    this.waiting = new WaitQueue(config.gate);
    this.subscriber = new Subscriber({ config, hosts: new HostResolver() }, (label) => primaryToHear(this.slots.owners(), label));
  }

  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.slots.start();
  }

  async send(command: RedisCommand): Promise<unknown> {
    this.start();
    const call = RoutedCall.of(command, this.callDeadlineMs);
    if (call instanceof CommandRejectedError) throw call;
    if (call.isPing) return this.ping(call);
    let target: RedirectTarget | undefined;
    for (;;) {
      const node: ClusterNode = target?.node ?? this.ownerOf(call) ?? (await this.waitForOwner(call));
      try {
        return await node.send(call.next(target?.asking === true));
      } catch (error) {
        target = await this.redirect(call, node, error);
      }
    }
  }

  refusal(...[write, takesMoreThan]: Parameters<RedisClient['refusal']>): ReturnType<RedisClient['refusal']> {
    const call = RoutedCall.of(write, this.callDeadlineMs);
    if (call instanceof CommandRejectedError) return call;
    const owner = this.ownerOf(call);
    if (owner) return owner.refusal(write, takesMoreThan);
    const { roomBytes } = this.waiting;
    const why = this.whyNotWait(write, this.whyNoOwner(), call.sizeBytes > roomBytes || takesMoreThan(roomBytes));
    return why && outageOf(write, why, false);
  }

  async primaries(how?: Parameters<NonNullable<RedisClient['primaries']>>[0]): Promise<readonly PrimaryClient[]> {
    this.start();
    await this.waitForOwner(this.questionToAnyPrimary(how));
    return [...(this.slots.map?.shares().values() ?? [])].map(({ address, first }) => {
      const successorOf = (node: ClusterNode): ClusterNode | undefined => {
        const successor = this.slots.map?.ownerOf(first);
        const next = this.closed ? undefined : successor && this.nodes.at(successor);
        return next === node ? undefined : next;
      };
      return new PrimaryFollower(this.nodes.at(address), successorOf);
    });
  }

  state(): ClientState {
    return this.closed ? { status: 'closed' } : stateOfCluster(this.slots);
  }

  topology(): DeploymentTopology {
    return readClusterTopology({ state: this.state(), slots: this.slots, nodes: this.nodes });
  }

  async survey(): Promise<DeploymentTopology> {
    this.start();
    await Promise.all([this.slots.look(), this.waitForOwner(this.questionToAnyPrimary()).catch(() => undefined)]);
    const answers = this.slots.opened().map(async (node) => ((await node.answers()) ? [node.label] : []));
    const answering = new Set((await Promise.all(answers)).flat());
    return readClusterTopology({ state: this.state(), slots: this.slots, nodes: this.nodes, answering });
  }

  generation(key?: string): number {
    if (key === undefined) return this.changes;
    return this.ownerOf({ slot: keySlot(key) })?.generation() ?? -1;
  }

  follow(prefixes: readonly string[], listener: ChangeListener): ChangeFeed {
    this.nodes.follow(prefixes, listener);
    return { linkOf: (key) => this.ownerOf({ slot: keySlot(key) })?.linkOf(key) };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.subscriber.close();
    this.slots.close();
    this.waiting.close();
    await this.nodes.close();
  }

  private ownerOf({ slot }: Pick<RoutedCall, 'slot'>): ClusterNode | undefined {
    if (this.closed || !this.slots.map) return undefined;
    if (slot === undefined) return anyPrimaryOf(this.slots.owners());
    const address = this.slots.map.ownerOf(slot);
    return address && this.nodes.at(address);
  }

  private questionToAnyPrimary(how: Partial<RedisCommand> = {}): RoutedCall {
    const question: RedisCommand = { kind: 'read', name: 'PING', args: [], keys: [], ...how };
    return RoutedCall.of(question, this.callDeadlineMs) as RoutedCall;
  }

  /** Resolves to the first answer: one primary that hangs does not make the cluster silent. */
  private async ping(call: RoutedCall): Promise<unknown> {
    await this.waitForOwner(call);
    const answers = this.slots.opened().map((node) => node.send(call.next(false)));
    return Promise.any(answers).catch((all: AggregateError) => {
      throw all.errors[0];
    });
  }

  private async waitForOwner(call: RoutedCall): Promise<ClusterNode> {
    for (;;) {
      const owner = this.ownerOf(call);
      if (owner) return owner;
      // Another node may have taken the slot by now.
      if (this.slots.map) this.slots.lookSoon();
      await this.waitForChange(call, call.remainingMs(), this.whyNoOwner());
    }
  }

  private async redirect(call: RoutedCall, node: ClusterNode, error: unknown): Promise<RedirectTarget | undefined> {
    const step = nextStep(error, node.retired, call.slot);
    if (step.kind === 'reject') throw error;
    if (this.closed) throw outageOf(call.command, CLOSED, false);
    call.redirects += 1;
    if (step.kind === 'wait') {
      if (step.why === 'cluster-down') this.slots.alarm();
      await this.waitForChange(call, step.ms, transient('no-primary', step.message));
      return undefined;
    }
    // What the next node answers is not in step with the links: MOVED moves more keys than this one.
    this.nodes.keysMoved(step.kind === 'ask' ? call.command.keys : 'all');
    const target = this.targetOf(step, node);
    if (target === 'invalid') throw outageOf(call.command, transient('protocol', `${node.label} ${INVALID_TARGET}`), 'unknown');
    const why = transient('no-primary', 'the nodes of the cluster do not agree on who has its slot.');
    if (call.redirects > PAUSE_AFTER_REDIRECTS) await this.waitForChange(call, REDIRECT_PAUSE_MS, why);
    if (call.isTooLate()) throw outageOf(call.command, call.late(why), false);
    return target;
  }

  private targetOf(step: Redirection, { address: asked }: ClusterNode): RedirectTarget | 'invalid' | undefined {
    if (step.kind === 'again') return undefined;
    if (step.kind === 'invalid') return 'invalid';
    const address = this.slots.addressOf(step.host, step.port, asked);
    if (!address || !this.nodes.hasRoomFor(address)) return 'invalid';
    if (step.kind === 'moved') {
      this.changes += 1;
      this.slots.moved(step.slot, address);
    }
    return { node: this.nodes.at(address), asking: step.kind === 'ask' };
  }

  /** Waits for a change of the map, at most `ms`. Throws when the call may not wait or its time is over. */
  private async waitForChange(call: RoutedCall, ms: number, why: Diagnosis): Promise<void> {
    const { command } = call;
    const refusal = this.whyNotWait(command, why, false);
    if (refusal) throw outageOf(command, refusal, false);
    call.delayed = true;
    const untilMs = Math.min(ms, call.remainingMs());
    const end = call.isTooLate() ? 'timeout' : await this.waiting.wait(call.sizeBytes, untilMs);
    if (end === 'closed') throw outageOf(command, CLOSED, false);
    if (end === 'full') throw outageOf(command, this.whyNotWait(command, why, true)!, false);
    if (call.isTooLate()) throw outageOf(command, call.late(why), false);
  }

  private whyNoOwner(): Diagnosis {
    return this.slots.map ? transient('no-primary', 'no node of the cluster has its slot.') : this.slots.diagnosis;
  }

  private whyNotWait({ failFast }: RedisCommand, why: Diagnosis, isFull: boolean): Diagnosis | undefined {
    const { map, diagnosis, hasFailed } = this.slots;
    if (this.closed) return CLOSED;
    if (diagnosis.permanent && !map) return diagnosis;
    if (failFast && hasFailed) return transient('breaker-open', `not tried: ${why.message}`);
    return isFull ? transient('queue-full', `${this.waiting.size} calls are waiting already. ${why.message}`) : undefined;
  }

  private onNodeEvent(event: ClientEvent): void {
    if (event.kind === 'down' || event.kind === 'diagnosis') this.slots.alarm();
    else if (event.kind === 'up') {
      this.changes += 1;
      this.waiting.wake();
    }
    this.emit(event);
  }

  private onMapChange(handovers: readonly Handover[]): void {
    for (const { from, to } of handovers)
      this.emit({ kind: 'moved', level: 'info', message: `${to} has the slots of ${from} now.`, address: to, from });
    this.changes += 1;
    this.nodes.keysMoved('all');
    this.waiting.wake();
  }
}
