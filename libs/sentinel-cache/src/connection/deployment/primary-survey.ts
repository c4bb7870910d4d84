import { ask, type RedisClient } from '../contract/redis-client.js';
import { BYTES } from '../resp/reply-shape.js';
import { addressText } from '../contract/node-address.js';
import { MOST_REPLICAS, toAddress } from '../wire/reply-fields.js';
import { tryTranslate, type TranslateAddress } from '../wire/translate-address.js';

/** How the primary sees itself and its replicas (INFO replication). */
export interface PrimarySurvey {
  /** Bytes of its replication stream so far. */
  readonly offset: number;
  readonly replicas: readonly {
    readonly address: string;
    /** Whether it follows the stream; false while it copies the data set. */
    readonly online: boolean;
    /** Bytes of the stream that it has acknowledged. */
    readonly offset: number;
    /** Milliseconds since its last acknowledgement, in whole seconds. */
    readonly acknowledgedMsAgo: number;
  }[];
}

/**
 * Asks the primary over the connection that is there. Resolves to null when there is none, or INFO is
 * forbidden. Never rejects.
 */
export async function askPrimary(client: RedisClient, translate: TranslateAddress): Promise<PrimarySurvey | null> {
  if (['down', 'closed'].includes(client.state().status)) return null;
  try {
    const info = await ask(client, { kind: 'read', name: 'INFO', args: ['replication'], keys: [], reply: BYTES });
    return readPrimarySurvey(String(info), translate);
  } catch {
    // No connection, no permission, no time: the sentinels' view is what is left.
    return null;
  }
}

/**
 * Reads INFO replication of a primary; null for a replica and for other text. At most 64 replicas are read.
 */
export function readPrimarySurvey(text: string, translate: TranslateAddress): PrimarySurvey | null {
  const offset = /^master_repl_offset:(\d+)/m.exec(text)?.[1];
  if (!/^role:master/m.test(text) || offset === undefined) return null;
  const lines = [...text.matchAll(/^slave\d+:(.*)$/gm)].slice(0, MOST_REPLICAS);
  const replicas = lines.flatMap(([, line]) => {
    const pairs = line!.trim().split(',');
    const fields = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
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
