import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { StoredBytes } from '../port/backend.js';

/** Whether a call may have been executed though nobody answered. */
export function isUnknown(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.executed === 'unknown';
}

/**
 * Settles a SET NX whose reply was lost, as far as the entry tells. Other bytes than ours: another caller has
 * it, so it resolves to false. Ours or none: it throws `unknown`, since another caller may have added the
 * same, or ours may still arrive.
 */
export async function settleAdd(
  unknown: CacheUnavailableError,
  bytes: StoredBytes,
  leftMs: number,
  read: (deadlineMs: number) => Promise<Buffer | null>,
): Promise<boolean> {
  if (unknown.reason !== 'connection-lost' || leftMs < 1) throw unknown;
  const stored = await read(leftMs).catch(() => null);
  if (stored && !stored.equals(Buffer.from(bytes as string))) return false;
  throw unknown;
}
