import type { NodeAddress, SentinelTopologyConfig } from '../../settings/resolved-settings.js';
import { decideFailover, type Decision } from '../failover-decision.js';
import type { NodeFacts } from '../greeting.js';
import { addressText } from '../node-address.js';
import type { Position, PrimarySource, ReplicaCandidate } from '../primary-source.js';
import type { ClientEvent } from '../redis-client.js';
import type { SentinelFacts, TcpAddress } from '../sentinel-facts.js';
import { SentinelWatcher } from '../sentinel-watcher.js';
import { passing, type Trouble } from '../trouble.js';

/** The primary is who the sentinels say, once it has said so itself. */
export class SentinelTopology implements PrimarySource {
  /** Holds credentials: private to the language, so that no log of an object shows them. */
  readonly #config: SentinelTopologyConfig;
  readonly name: string;
  private readonly watcher: SentinelWatcher;
  private onNews: () => void = () => undefined;

  constructor(config: SentinelTopologyConfig, tell: (event: ClientEvent) => void) {
    this.#config = config;
    this.name = config.masterName;
    this.watcher = new SentinelWatcher(config, () => this.onNews(), tell);
  }

  decide(position: Position | undefined): Decision {
    return decideFailover({
      masterName: this.#config.masterName,
      answers: this.watcher.answers(),
      announcement: this.watcher.announcement(),
      adopted: position as SentinelFacts['adopted'],
      minOtherSentinels: this.#config.minOtherSentinels,
      nowMs: performance.now(),
    });
  }

  judge(facts: NodeFacts, who: string): Trouble | undefined {
    if (facts.role === 'master') return undefined;
    return passing('no-primary', `${who} says it is a ${facts.role} and not the primary; the sentinels may be behind.`);
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

  disprove(address: NodeAddress): void {
    this.watcher.disprove(address as TcpAddress);
  }

  sentinels(): ReturnType<PrimarySource['sentinels']> {
    return this.watcher.sentinels().map(({ address, isConnected, answer }) => ({
      address: addressText(address),
      connected: isConnected,
      names: answer.kind === 'address' ? addressText(answer.address) : null,
    }));
  }

  close(): void {
    this.watcher.close();
  }
}
