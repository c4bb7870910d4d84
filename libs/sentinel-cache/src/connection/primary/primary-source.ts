import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';
import type { NodeFacts } from '../wire/greeting.js';
import type { SentinelSurvey } from '../contract/sentinel-survey.js';
import type { Diagnosis } from '../wire/diagnosis.js';

/** What to do about the connection to the primary. */
export type Decision =
  /** The connection in use is the right one. */
  | {
      readonly kind: 'keep';
      /** It may be the wrong one, but it has just been moved to: look again then. */
      readonly againInMs?: number;
    }
  /** Another node is the primary, or there is no connection: try these in turn, the likeliest first. Each still has to prove its role. */
  | { readonly kind: 'move'; readonly candidates: readonly NodeAddress[] }
  /** There is nobody to try. */
  | { readonly kind: 'wait'; readonly diagnosis: Diagnosis };

/** Where the keeper of the connection is, in the terms of its source. */
export interface Position {
  readonly address: NodeAddress;
  readonly atMs: number;
  readonly connected: boolean;
}

/** A replica that may answer reads. */
export interface ReplicaCandidate {
  readonly address: NodeAddress;
  readonly usable: boolean;
  /** Without its primary it has what there is; cut off from one that is up, it is left behind. */
  readonly linked: boolean;
}

/** Who the primary is, by one topology's rules. The one place where standalone and Sentinel differ. */
export interface PrimarySource {
  /** What the log calls this deployment. */
  readonly name: string;
  /** Keep, move or wait, by what is known now. */
  decide(position: Position | undefined): Decision;
  /** Undefined when a node that says this of itself will do as the primary. */
  judge(facts: NodeFacts, who: string): Diagnosis | undefined;
  /** What is known besides of why a node that it named can't be reached. `position`: where the connection is, or was last. */
  explain(diagnosis: Diagnosis, address: NodeAddress, position: Position | undefined): Diagnosis;
  /** Replicas for reading; asked once a second while there are readers. */
  replicas(): Promise<readonly ReplicaCandidate[]>;
  /** Starts; calls back whenever a new decision may be due. */
  start(onNews: () => void): void;
  /** While true it looks several times a second. */
  setUrgent(urgent: boolean): void;
  /** An address it named could not prove itself: an announcement of it is dropped. `answered`: it is alive, and says that it is no primary. */
  disprove(address: NodeAddress, answered: boolean): void;
  /** The sentinels as they are known now, none of them asked (`view` is null). Empty without Sentinel. */
  sentinels(): readonly SentinelSurvey[];
  /** Asks all sentinels how they see the master. Settles within two of their deadlines, never rejects. */
  survey(): Promise<readonly SentinelSurvey[]>;
  close(): void;
}
