import { printable } from '../../../errors/printable.js';
import { redisCodeOf } from '../../wire/classify-error.js';
import { addressText } from '../../contract/node-address.js';
import { MOST_REPLICAS, readFields, readFlags, toAddress, toNumber } from '../../wire/reply-fields.js';
import { ReplyError } from '../../resp/reply.js';
import type { ReplicaView, SentinelView } from '../../contract/sentinel-survey.js';
import { tryTranslate, type TranslateAddress } from '../../wire/translate-address.js';

/** Longest text of CKQUORUM that is passed on. */
const LONGEST = 300;

/**
 * Asks one sentinel all questions at once. `ask` sends `SENTINEL <words>`. Rejects only when the sentinel
 * hangs or goes away.
 */
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
