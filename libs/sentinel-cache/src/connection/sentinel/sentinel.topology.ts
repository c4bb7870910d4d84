import { DemotedNodes } from './demoted-nodes.js';
import { EagerFailover } from './eager-failover.js';
import { decideFailover } from './decide/failover-decision.js';
import type { NodeFacts } from '../wire/greeting.js';
import type { NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText, sameAddress } from '../contract/node-address.js';
import type { Decision, Position, PrimarySource, ReplicaCandidate } from '../primary/primary-source.js';
import type { FailoverFacts } from './decide/failover-facts.js';
import { SentinelWatcher } from './observe/sentinel-watcher.js';
import type { SentinelSurvey } from '../contract/sentinel-survey.js';
import { transient, type Diagnosis } from '../wire/diagnosis.js';
import type { ClientEvent } from '../contract/client-event.js';
import type { NodeAddress, SentinelTopologyConfig, TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** The primary is the node that the sentinels name, once it has confirmed so itself. */
export class SentinelTopology implements PrimarySource {
  readonly #config: SentinelTopologyConfig;
  readonly name: string;
  private readonly watcher: SentinelWatcher;
  private readonly eager: EagerFailover | undefined;
  private onNews: () => void = () => undefined;
  private lastAddress: NodeAddress | undefined;
  private swappedAtMs: number | null = null;
  private againTimer: NodeJS.Timeout | undefined;
  private readonly demoted = new DemotedNodes();

  constructor(config: SentinelTopologyConfig, setup: NodeConnectionSetup, emit: (event: ClientEvent) => void) {
    this.#config = config;
    this.name = config.masterName;
    this.eager = config.eagerFailover ? new EagerFailover(setup, () => this.onNews()) : undefined;
    this.watcher = new SentinelWatcher(
      { config, hosts: setup.hosts, callDeadlineMs: setup.config.callDeadlineMs },
      () => this.onNews(),
      (event) => {
        if (event.kind === 'sentinel-said')
          this.eager?.hear(event.fact, event.sentinel, (address) => this.watcher.knows(address));
        emit(event);
      },
    );
  }

  decide(position: Position | undefined): Decision {
    if (position?.connected) this.recordMove(position);
    const decision = decideFailover({
      masterName: this.#config.masterName,
      reports: this.watcher.reports(),
      announcements: this.watcher.announcements(),
      mayWait: this.watcher.mayWait(),
      demoted: this.demoted.lasting(performance.now()),
      promotion: this.eager?.promotion,
      adopted: position && ({ ...position, swappedAtMs: this.swappedAtMs } as FailoverFacts['adopted']),
      minOtherSentinels: this.#config.minOtherSentinels,
      nowMs: performance.now(),
    });
    clearTimeout(this.againTimer);
    if (decision.kind === 'keep' && decision.againInMs) this.againTimer = setTimeout(() => this.onNews(), decision.againInMs);
    return decision;
  }

  private recordMove({ address, atMs }: Position): void {
    if (this.lastAddress && !sameAddress(this.lastAddress, address)) this.swappedAtMs = atMs;
    this.lastAddress = address;
  }

  judge(facts: NodeFacts, label: string): Diagnosis | undefined {
    if (facts.role === 'master') return undefined;
    return transient('no-primary', `${label} says it is a ${facts.role} and not the primary; the sentinels may be behind.`);
  }

  explain(diagnosis: Diagnosis, address: NodeAddress, position: Position | undefined): Diagnosis {
    // An address that we were connected to can be reached from here: that node is down.
    if (!diagnosis.unreached || sameAddress(address, position?.address)) return diagnosis;
    const advice =
      `The sentinels name ${addressText(address)}: if that is of another network (NAT, containers), translate it with ` +
      `OPTIONS.natMap, or have the servers announce an address that clients reach.`;
    return { ...diagnosis, message: `${diagnosis.message} ${advice}`, advice };
  }

  async replicas(): Promise<readonly ReplicaCandidate[]> {
    return this.watcher.replicas();
  }

  start(onNews: () => void): void {
    this.onNews = onNews;
    this.watcher.start();
  }

  setUrgent(urgent: boolean): void {
    this.watcher.setUrgent(urgent);
  }

  disprove(address: NodeAddress, answered: boolean): void {
    if (answered) this.demoted.add(address as TcpAddress, performance.now());
    this.watcher.disprove(address as TcpAddress);
    this.eager?.disprove(address as TcpAddress);
  }

  sentinels(): SentinelSurvey[] {
    return this.watcher.sentinels().map((link) => link.known());
  }

  survey(): Promise<SentinelSurvey[]> {
    return Promise.all(this.watcher.sentinels().map((link) => link.survey()));
  }

  close(): void {
    clearTimeout(this.againTimer);
    this.eager?.close();
    this.watcher.close();
  }
}
