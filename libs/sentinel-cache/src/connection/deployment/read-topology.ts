import {
  MAX_LAG_MS,
  type MonitoredPrimary,
  type MonitoredQuorum,
  type MonitoredReplica,
  type MonitoredState,
} from '../../telemetry/monitored-topology.js';
import type { BreakerState, ClientState } from '../contract/client-event.js';
import type { DeploymentTopology } from '../contract/redis-client.js';
import type { ReplicaView, SentinelSurvey } from '../contract/sentinel-survey.js';
import { isDown } from '../wire/reply-fields.js';
import type { PrimarySurvey } from './primary-survey.js';

/** Everything that is known of a deployment, gathered; nothing in here is live. */
export interface DeploymentFacts {
  readonly kind: DeploymentTopology['kind'];
  readonly masterName: string | null;
  readonly state: ClientState;
  readonly breaker: BreakerState;
  /** The replicas that we read from. */
  readonly readers: readonly ReaderFacts[];
  readonly sentinels: readonly SentinelSurvey[];
  /** Null when the primary was not asked, or did not answer. */
  readonly primary: PrimarySurvey | null;
  /** Whether sentinels and primary were asked just now. False: what only they can tell is null. */
  readonly asked: boolean;
}

/** Our connection to one replica. */
export interface ReaderFacts {
  readonly address: string;
  readonly connected: boolean;
  readonly lagMs: number | null;
}

/**
 * Joins what client, sentinels and primary know; where the sentinels differ, those that name the primary
 * count.
 */
export function readTopology(facts: DeploymentFacts): DeploymentTopology {
  const { kind, masterName, state, breaker, sentinels } = facts;
  const primary = readPrimary(facts);
  const agreeing = sentinels.filter(({ names }) => names !== null && names === primary.address);
  return {
    kind,
    masterName,
    state: connectionState(state, breaker),
    primary,
    replicas: readReplicas(facts, agreeing.length > 0 ? agreeing : sentinels, primary.address),
    sentinels: sentinels.map(({ address, reachable, names, tellsEvents }) => ({ address, reachable, names, tellsEvents })),
    quorum: kind === 'sentinel' && facts.asked ? readQuorum(sentinels) : null,
  };
}

/** The state of our connection, and of the circuit breaker before it. */
export function connectionState(state: ClientState, breaker: BreakerState): MonitoredState {
  const { reason, message } = state.status === 'down' ? state : { reason: null, message: null };
  return { status: state.status, reason, message, breaker };
}

function readPrimary({ state, sentinels, asked }: DeploymentFacts): MonitoredPrimary {
  const connected = state.status === 'up';
  const address = connected ? state.primary : mostNamed(sentinels);
  const views = sentinels.flatMap(({ names, view }) => (view && names === address ? [view] : []));
  return {
    address,
    connected,
    configEpoch: highest(views.map(({ configEpoch }) => configEpoch)),
    flags: asked ? flagsOf(views) : null,
  };
}

function mostNamed(sentinels: readonly SentinelSurvey[]): string | null {
  const votes = new Map<string, number>();
  for (const { names } of sentinels) if (names !== null) votes.set(names, (votes.get(names) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function highest(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function flagsOf(views: readonly { readonly flags: readonly string[] }[]): string[] {
  return [...new Set(views.flatMap(({ flags }) => flags))].sort();
}

function readReplicas(facts: DeploymentFacts, agreeing: readonly SentinelSurvey[], primary: string | null): MonitoredReplica[] {
  const views = agreeing.flatMap(({ view }) => view?.replicas ?? []);
  const named = [...views, ...(facts.primary?.replicas ?? []), ...facts.readers].map(({ address }) => address);
  return [...new Set(named)]
    .filter((address) => address !== primary)
    .sort()
    .map((address) =>
      readReplica(
        address,
        facts,
        views.filter((view) => view.address === address),
      ),
    );
}

function readReplica(address: string, facts: DeploymentFacts, views: readonly ReplicaView[]): MonitoredReplica {
  const attached = facts.primary?.replicas.find((replica) => replica.address === address);
  const reader = facts.readers.find((replica) => replica.address === address);
  const down = views.filter(({ flags }) => isDown(flags)).length * 2 > views.length;
  const linkUp = facts.primary && (attached || views.length > 0) ? attached?.online === true : linkBySentinels(views);
  const lagBytes = facts.primary && attached?.online ? Math.max(0, facts.primary.offset - attached.offset) : null;
  const acknowledged = lagBytes === 0 ? 0 : (attached?.acknowledgedMsAgo ?? null);
  const lagMs = reader?.lagMs ?? (lagBytes === null ? null : acknowledged);
  const connected = reader?.connected === true;
  const isNamed = views.length > 0 || linkUp === true || (facts.asked ? reader !== undefined : connected);
  return {
    address,
    linkUp,
    lagBytes,
    lagMs,
    usable: isNamed && !down && linkUp !== false && (lagMs ?? 0) <= MAX_LAG_MS,
    connected,
    flags: facts.asked ? flagsOf(views) : null,
  };
}

/** One that saw it up is enough: each looks once in ten seconds. */
function linkBySentinels(views: readonly { readonly linkUp: boolean | null }[]): boolean | null {
  const known = views.filter(({ linkUp }) => linkUp !== null);
  return known.length > 0 ? known.some(({ linkUp }) => linkUp) : null;
}

function readQuorum(sentinels: readonly SentinelSurvey[]): MonitoredQuorum {
  const views = sentinels.flatMap(({ view }) => (view ? [view] : []));
  const checks = views.flatMap(({ ckquorum }) => (ckquorum === null ? [] : [ckquorum]));
  const others = highest(views.map(({ otherSentinels }) => otherSentinels));
  return {
    quorum: highest(views.map(({ quorum }) => quorum)),
    sentinels: others === null ? null : others + 1,
    ckquorum: checks.find((check) => check !== 'ok') ?? checks[0] ?? null,
  };
}
