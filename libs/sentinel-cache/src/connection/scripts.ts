import { createHash } from 'node:crypto';

import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { msUntil } from '../time/clock.js';
import type { Operation } from './contract/operation.js';
import { ask, type CommandSender, type RedisArgument, type RedisCommand } from './contract/redis-client.js';
import type { ReplyShape } from './resp/reply-shape.js';

/** A Lua script, which Redis runs as one step. */
export interface Script {
  /** The text of the script. */
  readonly lua: string;
  /** SHA-1 of the text in hexadecimal: its name for EVALSHA. */
  readonly sha: string;
  /** What errors name where the caller's operation is unknown. */
  readonly operation: Operation;
}

/** One run of a script. */
export interface ScriptCall<T> {
  readonly kind: 'read' | 'write';
  /** The cache that runs it. */
  readonly alias: string;
  /** KEYS of the script: stored keys. */
  readonly keys: readonly string[];
  /** ARGV of the script. */
  readonly args: readonly RedisArgument[];
  /** The reply to expect. */
  readonly reply: ReplyShape<T>;
}

/**
 * How to run a script, as in RedisCommand. Without an operation errors name the script; the deadline bounds
 * both attempts together.
 */
export type ScriptOptions = Pick<RedisCommand, 'operation' | 'deadlineMs' | 'failFast'>;

/** Defines a script. `name`: the method of the cache that it implements, for errors. */
export function defineScript(name: string, lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return Object.freeze({ lua, sha, operation: Object.freeze({ method: name }) });
}

/**
 * Runs a script by its hash (EVALSHA), and by its text (EVAL) where the server does not know it any more,
 * such as after SCRIPT FLUSH. NOSCRIPT means that nothing was executed, so that the second attempt is safe
 * for writes too. Resolves to the script's reply. Rejects with CacheUnavailableError or CommandRejectedError.
 */
export async function runScript<T>(
  client: CommandSender,
  script: Script,
  { kind, alias, keys, args, reply }: ScriptCall<T>,
  { operation = script.operation, deadlineMs = client.callDeadlineMs, failFast }: ScriptOptions = {},
): Promise<T> {
  const tail = [keys.length, ...keys, ...args];
  const how = { kind, alias, operation, keys, reply, failFast };
  const endsAtMs = performance.now() + deadlineMs;
  try {
    return await ask(client, { ...how, name: 'EVALSHA', args: [script.sha, ...tail], script: script.lua, deadlineMs });
  } catch (error) {
    if (!(error instanceof CommandRejectedError) || error.redisCode !== 'NOSCRIPT') throw error;
    return ask(client, { ...how, name: 'EVAL', args: [script.lua, ...tail], deadlineMs: msUntil(endsAtMs) });
  }
}
