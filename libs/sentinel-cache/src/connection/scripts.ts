import { createHash } from 'node:crypto';

import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { ask, type CommandSender, type RedisArgument } from './contract/redis-client.js';
import type { ReplyShape } from './resp/reply-shape.js';

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** One run of a script. */
export interface ScriptCall<T> {
  readonly kind: 'read' | 'write';
  readonly alias: string;
  readonly keys: readonly string[];
  readonly args: readonly RedisArgument[];
  /** What it gives back. */
  readonly reply: ReplyShape<T>;
  /** Replaces the client's deadline for this run, in milliseconds. */
  readonly deadlineMs?: number;
  /** As `RedisCommand.failFast`. */
  readonly failFast?: boolean;
}

/** Makes a script; its name for EVALSHA is the hash of its text. */
export function defineScript(lua: string): Script {
  return Object.freeze({ lua, sha: createHash('sha1').update(lua).digest('hex') });
}

/**
 * Runs a script by its hash, and by its text where the server does not have it yet (a new primary after a failover):
 * NOSCRIPT means that nothing was executed, so the second attempt is safe for writes too.
 */
export async function runScript<T>(client: CommandSender, script: Script, call: ScriptCall<T>): Promise<T> {
  const { kind, alias, keys, reply, failFast, deadlineMs: patienceMs = client.callDeadlineMs } = call;
  const tail = [keys.length, ...keys, ...call.args];
  const startedAtMs = performance.now();
  try {
    return await ask(
      client,
      { kind, alias, name: 'EVALSHA', args: [script.sha, ...tail], keys, failFast, deadlineMs: patienceMs },
      reply,
    );
  } catch (error) {
    if (!(error instanceof CommandRejectedError) || error.redisCode !== 'NOSCRIPT') throw error;
    const deadlineMs = Math.max(1, patienceMs - (performance.now() - startedAtMs));
    return ask(client, { kind, alias, name: 'EVAL', args: [script.lua, ...tail], keys, failFast, deadlineMs }, reply);
  }
}
