import { ask, type RedisClient } from './redis-client.js';
import { BYTES } from './reply-shape.js';
import { readPrimarySurvey, type PrimarySurvey } from './topology-survey.js';
import type { TranslateAddress } from './translate-address.js';

/** Asks the primary over the connection that is there. Null when there is none, or INFO is forbidden. Never rejects. */
export async function askPrimary(client: RedisClient, translate: TranslateAddress): Promise<PrimarySurvey | null> {
  if (['down', 'closed'].includes(client.state().status)) return null;
  try {
    const info = await ask(client, { kind: 'read', name: 'INFO', args: ['replication'], keys: [] }, BYTES);
    return readPrimarySurvey(String(info), translate);
  } catch {
    // No connection, no permission, no time: the sentinels' view is what is left.
    return null;
  }
}
