import { addressText } from '../contract/node-address.js';
import type { Decision, Position, PrimarySource, ReplicaCandidate } from './primary-source.js';
import type { Diagnosis } from '../wire/diagnosis.js';
import { withPortHint } from '../wire/sentinel-at-location.js';
import type { NodeAddress, StandaloneTopologyConfig } from '../../settings/shapes/resolved-connection.js';

/** The primary is the first server of LOCATION, whatever its role. The others answer reads. */
export class StandaloneTopology implements PrimarySource {
  readonly name: string;

  constructor(
    private readonly config: StandaloneTopologyConfig,
    private readonly database: number,
  ) {
    this.name = addressText(config.primary);
  }

  decide(position: Position | undefined): Decision {
    return position?.connected ? { kind: 'keep' } : { kind: 'move', candidates: [this.config.primary] };
  }

  judge(): Diagnosis | undefined {
    return undefined;
  }

  explain(diagnosis: Diagnosis, address: NodeAddress): Diagnosis {
    return withPortHint(diagnosis, address, this.database);
  }

  replicas(): Promise<readonly ReplicaCandidate[]> {
    return Promise.resolve(this.config.replicas.map((address) => ({ address, usable: true, linked: true })));
  }

  start(onNews: () => void): void {
    onNews();
  }

  setUrgent(): void {
    // There is no sentinel to ask: the keeper retries by itself.
  }

  disprove(): void {
    // The settings name this address; there is no other.
  }

  sentinels(): [] {
    return [];
  }

  survey(): Promise<[]> {
    return Promise.resolve([]);
  }

  close(): void {
    // Holds nothing.
  }
}
