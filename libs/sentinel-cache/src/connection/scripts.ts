import { createHash } from 'node:crypto';

import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { msUntil } from '../time/clock.js';
import type { Operation } from './contract/operation.js';
import { ask, type CommandSender, type RedisArgument } from './contract/redis-client.js';
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
  /** The call of the cache that runs it. Default: the script's name. */
  readonly operation?: Operation;
  /** KEYS of the script: stored keys. */
  readonly keys: readonly string[];
  /** ARGV of the script. */
  readonly args: readonly RedisArgument[];
  /** The reply to expect. */
  readonly reply: ReplyShape<T>;
  /** Bounds this run, both attempts included, in milliseconds. Default: the client's deadline. */
  readonly deadlineMs?: number;
  /** As `RedisCommand.failFast`. */
  readonly failFast?: boolean;
}

/** Defines a script. `name`: the method of the cache that it implements, for errors. */
export function defineScript(name: string, lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return Object.freeze({ lua, sha, operation: Object.freeze({ method: name }) });
}

/**
 * Runs a script by its hash (EVALSHA), and by its text (EVAL) where the server does not know it yet, such as
 * a new primary. NOSCRIPT means that nothing was executed, so that the second attempt is safe for writes too.
 * Resolves to the script's reply. Rejects with CacheUnavailableError or CommandRejectedError.
 */
export async function runScript<T>(client: CommandSender, script: Script, call: ScriptCall<T>): Promise<T> {
  const { kind, alias, operation = script.operation, keys, reply, failFast, deadlineMs = client.callDeadlineMs } = call;
  const tail = [keys.length, ...keys, ...call.args];
  const send = (name: string, body: string, withinMs: number): Promise<T> =>
    ask(client, { kind, alias, operation, name, args: [body, ...tail], keys, failFast, deadlineMs: withinMs }, reply);
  const endsAtMs = performance.now() + deadlineMs;
  try {
    return await send('EVALSHA', script.sha, deadlineMs);
  } catch (error) {
    if (!(error instanceof CommandRejectedError) || error.redisCode !== 'NOSCRIPT') throw error;
    return send('EVAL', script.lua, msUntil(endsAtMs));
  }
}
