import type { TlsConfig } from '../settings/resolved-settings.js';
import { redisCodeOf } from './classify-error.js';
import { createOneShot, destroyOneShot } from './one-shot.js';
import type { TcpAddress } from './sentinel-facts.js';

/** Whether a greeting was refused for its credentials. */
export function isAuthRefusal(error: unknown): boolean {
  const { name, message = '' } = error as Error;
  return name === 'ReplyError' && ['NOAUTH', 'WRONGPASS'].includes(redisCodeOf(message));
}

/**
 * Whether the server behind an address that refused our credentials is a sentinel at all. Redis looks a command up before it asks for
 * a password: a sentinel answers NOAUTH, a Redis that it knows no such command. So a mistaken port is not reported as a password.
 */
export async function speaksSentinel(address: TcpAddress, tls: TlsConfig | false): Promise<boolean> {
  const redis = createOneShot({ address, tls, protocol: 2 });
  try {
    await redis.connect();
    await redis.call('SENTINEL', 'MYID');
    return true;
  } catch (error) {
    return !/unknown command/i.test((error as Error).message);
  } finally {
    destroyOneShot(redis);
  }
}
