import { printable } from '../errors/printable.js';
import { redisCodeOf } from './classify-error.js';
import type { ClusterMember } from './cluster-reply.js';
import { addressText } from './node-address.js';
import { MOST_REPLICAS, readFields, toAddress, toNumber } from './sentinel-reply.js';
import { ReplyError } from './reply.js';
import { tryTranslate, type TranslateAddress } from './translate-address.js';

/** What sentinels and primary were heard to say of one deployment just now. Plain facts; `monitored-topology` makes sense of them. */
export interface TopologySurvey {
  readonly sentinels: readonly SentinelSurvey[];
  /** Null: the primary could not, or may not, be asked. */
  readonly primary: PrimarySurvey | null;
  /** Of a cluster, which has neither sentinels nor one primary. */
  readonly cluster?: ClusterSurvey;
}

/** A cluster as one of its nodes sees it, and as we do. */
export interface ClusterSurvey {
  readonly members: readonly ClusterMember[];
  /** Addresses of the primaries that answered us just now. */
  readonly answering: ReadonlySet<string>;
}

/** One sentinel, as we see it. */
export interface SentinelSurvey {
  readonly address: string;
  readonly reachable: boolean;
  readonly names: string | null;
  readonly tellsEvents: boolean;
  /** Null: it could not be asked. */
  readonly view: SentinelView | null;
}

/** How one sentinel sees the master. What its ACL forbids is null, or empty. */
export interface SentinelView {
  readonly flags: readonly string[];
  readonly configEpoch: number | null;
  readonly quorum: number | null;
  readonly otherSentinels: number | null;
  /** `ok`, or why not. */
  readonly ckquorum: string | null;
  readonly replicas: readonly ReplicaView[];
}

/** A replica as a sentinel sees it. */
export interface ReplicaView {
  readonly address: string;
  readonly flags: readonly string[];
  readonly linkUp: boolean | null;
}

/** How the primary sees itself and its replicas: INFO replication. */
export interface PrimarySurvey {
  readonly offset: number;
  readonly replicas: readonly {
    readonly address: string;
    readonly online: boolean;
    readonly offset: number;
    readonly acknowledgedMsAgo: number;
  }[];
}

/** Flags that say what a node is, and not how it is. */
const ROLE_FLAGS = new Set(['master', 'slave', 'sentinel', 'replica']);
/** The longest diagnosis that is passed on. */
const LONGEST = 300;

/** Asks one sentinel all at once. `ask` sends `SENTINEL <words>`; rejects only when the sentinel hangs or goes away. */
export async function askForView(ask: SentinelAsk, masterName: string, translate: TranslateAddress): Promise<SentinelView> {
  const [master, replicas, ckquorum] = await Promise.all([
    orRefusal(ask('MASTER', masterName)),
    orRefusal(ask('REPLICAS', masterName)),
    orRefusal(ask('CKQUORUM', masterName)),
  ]);
  const fields = readFields(master);
  return {
    flags: readFlags(fields.get('flags')),
    configEpoch: toNumber(fields.get('config-epoch')),
    quorum: toNumber(fields.get('quorum')),
    otherSentinels: toNumber(fields.get('num-other-sentinels')),
    ckquorum: readCkquorum(ckquorum),
    replicas: readReplicaViews(replicas, translate),
  };
}

type SentinelAsk = (...words: [string, ...string[]]) => Promise<unknown>;

/** An error reply is an answer too. */
async function orRefusal(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ReplyError) return error;
    throw error;
  }
}

function readCkquorum(reply: unknown): string | null {
  if (typeof reply === 'string' && reply.startsWith('OK')) return 'ok';
  if (!(reply instanceof Error) || redisCodeOf(reply.message) !== 'NOQUORUM') return null;
  return printable(reply.message.replace(/^NOQUORUM /, ''), LONGEST);
}

function readFlags(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((flag) => /^[a-z_]{1,40}$/.test(flag) && !ROLE_FLAGS.has(flag));
}

function readReplicaViews(reply: unknown, translate: TranslateAddress): ReplicaView[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, MOST_REPLICAS).flatMap((entry) => {
    const fields = readFields(entry);
    const named = toAddress(fields.get('ip'), fields.get('port'));
    const address = named && tryTranslate(translate, named);
    if (!address) return [];
    const link = fields.get('master-link-status');
    return [{ address: addressText(address), flags: readFlags(fields.get('flags')), linkUp: link ? link === 'ok' : null }];
  });
}

/** Reads INFO replication of a primary; null for a node that is none. */
export function readPrimarySurvey(text: string, translate: TranslateAddress): PrimarySurvey | null {
  const offset = /^master_repl_offset:(\d+)/m.exec(text)?.[1];
  if (!/^role:master/m.test(text) || offset === undefined) return null;
  const lines = [...text.matchAll(/^slave\d+:(.*)$/gm)].slice(0, MOST_REPLICAS);
  const replicas = lines.flatMap(([, line]) => {
    const fields = new Map(
      line!
        .trim()
        .split(',')
        .map((pair) => pair.split('=', 2) as [string, string]),
    );
    const named = toAddress(fields.get('ip'), fields.get('port'));
    const address = named && tryTranslate(translate, named);
    if (!address) return [];
    return [
      {
        address: addressText(address),
        online: fields.get('state') === 'online',
        offset: Number(fields.get('offset')) || 0,
        acknowledgedMsAgo: (Number(fields.get('lag')) || 0) * 1000,
      },
    ];
  });
  return { offset: Number(offset), replicas };
}
