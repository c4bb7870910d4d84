import { createHash } from 'node:crypto';

import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { CommandSender, RedisArgument } from './redis-client.js';

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** One run of a script. */
export interface ScriptCall {
  readonly kind: 'read' | 'write';
  readonly alias: string;
  readonly keys: readonly string[];
  readonly args: readonly RedisArgument[];
  /** Replaces the client's deadline for this run, in milliseconds. */
  readonly deadlineMs?: number;
}

/** Makes a script; its name for EVALSHA is the hash of its text. */
export function defineScript(lua: string): Script {
  return Object.freeze({ lua, sha: createHash('sha1').update(lua).digest('hex') });
}

/**
 * Runs a script by its hash, and by its text where the server does not have it yet (a new primary after a failover, fault 39):
 * NOSCRIPT means that nothing was executed, so the second attempt is safe for writes too.
 */
export async function runScript(client: CommandSender, script: Script, call: ScriptCall): Promise<unknown> {
  const { kind, alias, keys, deadlineMs: patienceMs = client.callDeadlineMs } = call;
  const tail = [keys.length, ...keys, ...call.args];
  const startedAtMs = performance.now();
  try {
    return await client.send({ kind, alias, name: 'EVALSHA', args: [script.sha, ...tail], keys, deadlineMs: patienceMs });
  } catch (error) {
    if (!(error instanceof CommandRejectedError) || error.redisCode !== 'NOSCRIPT') throw error;
    const deadlineMs = Math.max(1, patienceMs - (performance.now() - startedAtMs));
    return client.send({ kind, alias, name: 'EVAL', args: [script.lua, ...tail], keys, deadlineMs });
  }
}
