import type { NodeFacts } from '../wire/greeting.js';
import type { SentinelSurvey } from '../contract/sentinel-survey.js';
import type { Diagnosis } from '../wire/diagnosis.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** What to do about the connection to the primary. */
export type Decision =
  /** The connection in use is the right one. */
  | {
      readonly kind: 'keep';
      /** It may be the wrong one, but moved just now: decide again after this time. */
      readonly againInMs?: number;
    }
  /**
   * Another node is the primary, or there is no connection: try these in turn, the likeliest first. Each
   * still has to prove its role.
   */
  | { readonly kind: 'move'; readonly candidates: readonly NodeAddress[] }
  /** There is no node to try. */
  | { readonly kind: 'wait'; readonly diagnosis: Diagnosis };

/** The connection in use, or the last one. */
export interface Position {
  readonly address: NodeAddress;
  /** When it was adopted, on the clock of `performance.now()`. */
  readonly atMs: number;
  /** Whether it still stands. */
  readonly connected: boolean;
}

/** A replica that may answer reads. */
export interface ReplicaCandidate {
  readonly address: NodeAddress;
  /** Whether it is up. */
  readonly usable: boolean;
  /** Whether its link to its primary is up. Cut off from a primary that is up, it falls behind. */
  readonly linked: boolean;
}

/** Finds the primary by the rules of one topology: one class for standalone servers, one for Sentinel. */
export interface PrimarySource {
  /** Name of the deployment in the log. */
  readonly name: string;
  /** Decides by what is known now. */
  decide(position: Position | undefined): Decision;
  /** Returns why a node that describes itself so can't be the primary; undefined when it can. */
  judge(facts: NodeFacts, label: string): Diagnosis | undefined;
  /**
   * Adds what the sentinels know about why a node they named cannot be reached. `position`: the connection in
   * use, or the last one.
   */
  explain(diagnosis: Diagnosis, address: NodeAddress, position: Position | undefined): Diagnosis;
  /** Resolves to the replicas that may answer reads. Asked once a second while reads go to replicas. */
  replicas(): Promise<readonly ReplicaCandidate[]>;
  /** Starts; calls back when a new decision may be due. */
  start(onNews: () => void): void;
  /** While true, it asks several times a second. */
  setUrgent(urgent: boolean): void;
  /**
   * A node that it named could not prove itself: its announcement is dropped. `answered`: the node is up and
   * says that it is no primary.
   */
  disprove(address: NodeAddress, answered: boolean): void;
  /** The sentinels as they are known now, none of them asked (`view` is null). Empty without Sentinel. */
  sentinels(): readonly SentinelSurvey[];
  /** Asks all sentinels how they see the master. Settles within two of their deadlines, never rejects. */
  survey(): Promise<readonly SentinelSurvey[]>;
  close(): void;
}
