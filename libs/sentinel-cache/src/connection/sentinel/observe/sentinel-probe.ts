import { diagnoseGreeting, diagnoseSocket, redisCodeOf, type SocketFailure } from '../../wire/classify-error.js';
import type { HostResolver } from '../../wire/host-resolver.js';
import { ReplyError } from '../../resp/reply.js';
import { SENTINEL_LIMITS } from '../../resp/reply-limits.js';
import { ProtocolError } from '../../resp/protocol-error.js';
import { RespConnection } from '../../wire/resp-connection.js';
import { permanent, DiagnosisError, type Diagnosis } from '../../wire/diagnosis.js';
import type { TcpAddress, TlsConfig } from '../../../settings/shapes/resolved-connection.js';

/** A server that does not answer counts as a sentinel. */
const PROBE_MS = 500;

/** Whether a greeting was refused for its credentials. */
export function isAuthRefusal(error: unknown): boolean {
  return error instanceof ReplyError && ['NOAUTH', 'WRONGPASS'].includes(redisCodeOf(error.message));
}

/**
 * Resolves to whether the server that refused our credentials is a sentinel at all. Redis looks a command up
 * before it asks for a password: a sentinel answers NOAUTH, a Redis server that it knows no such command. So
 * a mistaken port is not reported as a wrong password.
 */
export async function speaksSentinel(address: TcpAddress, tls: TlsConfig | false, hosts: HostResolver): Promise<boolean> {
  const connection = new RespConnection({ address, hosts, tls, protocol: 2, limits: SENTINEL_LIMITS });
  const timer = setTimeout(() => connection.destroy(), PROBE_MS);
  try {
    await connection.connect();
    await connection.ask('SENTINEL', ['MYID']);
    return true;
  } catch (error) {
    return !/unknown command/i.test((error as Error).message);
  } finally {
    clearTimeout(timer);
    connection.destroy();
  }
}

/** Explains why a sentinel could not be asked. */
export function diagnoseSentinel(error: unknown, connection: Omit<SocketFailure, 'error'>): Diagnosis {
  const { label } = connection;
  if (error instanceof DiagnosisError) return error.diagnosis;
  if (error instanceof ReplyError) {
    if (/unknown command/i.test(error.message)) return notASentinel(label);
    const fix = 'Sentinels have a password of their own: OPTIONS.SENTINEL_KWARGS.password.';
    return diagnoseGreeting(error.message, label, fix, 'sentinel-auth');
  }
  const closed = error as { code?: string } | undefined;
  // ioredis' message for a closed socket names no cause.
  const says = closed?.code !== undefined || error instanceof ProtocolError;
  const cause = connection.reached && !says ? undefined : error;
  const diagnosis = diagnoseSocket({ ...connection, error: cause });
  // A sentinel that can't be reached is no outage of the primary.
  return diagnosis.reason === 'no-primary' ? { ...diagnosis, reason: 'no-sentinel' } : diagnosis;
}

/** The diagnosis of a mistaken port. */
export function notASentinel(label: string): Diagnosis {
  return permanent('no-sentinel', `${label} is a Redis server and not a sentinel. LOCATION wants the sentinels' ports.`);
}
