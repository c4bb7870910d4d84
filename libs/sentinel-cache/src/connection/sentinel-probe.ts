import type { TlsConfig } from '../settings/resolved-settings.js';
import { diagnoseGreeting, diagnoseSocket, redisCodeOf, type SocketFailure } from './classify-error.js';
import type { HostResolver } from './host-resolver.js';
import { createOneShot, destroyOneShot } from './one-shot.js';
import type { TcpAddress } from './sentinel-facts.js';
import { definitive, TroubleError, type Trouble } from './trouble.js';

/** A server that keeps its answer back is taken for a sentinel. */
const PROBE_MS = 500;

/** Whether a greeting was refused for its credentials. */
export function isAuthRefusal(error: unknown): boolean {
  const { name, message = '' } = error as Error;
  return name === 'ReplyError' && ['NOAUTH', 'WRONGPASS'].includes(redisCodeOf(message));
}

/**
 * Whether the server behind an address that refused our credentials is a sentinel at all. Redis looks a command up before it asks for
 * a password: a sentinel answers NOAUTH, a Redis that it knows no such command. So a mistaken port is not reported as a password.
 */
export async function speaksSentinel(address: TcpAddress, tls: TlsConfig | false, hosts: HostResolver): Promise<boolean> {
  const redis = createOneShot({ address, hosts, tls, protocol: 2 });
  const timer = setTimeout(() => destroyOneShot(redis), PROBE_MS);
  try {
    await redis.connect();
    await redis.call('SENTINEL', 'MYID');
    return true;
  } catch (error) {
    return !/unknown command/i.test((error as Error).message);
  } finally {
    clearTimeout(timer);
    destroyOneShot(redis);
  }
}

/** Why a sentinel could not be asked. */
export function diagnoseSentinel(error: unknown, connection: Omit<SocketFailure, 'error'>): Trouble {
  const { who } = connection;
  if (error instanceof TroubleError) return error.trouble;
  const { name, message = '' } = error as Error;
  if (name === 'ReplyError' && /unknown command/i.test(message)) return noSentinel(who);
  if (name === 'ReplyError') {
    const fix = 'Sentinels have a password of their own: OPTIONS.SENTINEL_KWARGS.password.';
    return diagnoseGreeting(message, who, fix, 'sentinel-auth');
  }
  const closed = error as { code?: string } | undefined;
  // ioredis' word for a closed socket is no cause.
  const cause = connection.reached && closed?.code === undefined ? undefined : error;
  const trouble = diagnoseSocket({ ...connection, error: cause });
  // A sentinel that can't be reached is no outage of the primary.
  return trouble.reason === 'no-primary' ? { ...trouble, reason: 'no-sentinel' } : trouble;
}

/** The diagnosis of a mistaken port. */
export function noSentinel(who: string): Trouble {
  return definitive('no-sentinel', `${who} is a Redis server and not a sentinel. LOCATION wants the sentinels' ports.`);
}
