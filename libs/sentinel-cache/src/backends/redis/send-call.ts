import { setMaxListeners } from 'node:events';

import type { CommandSender, RedisCommand } from '../../connection/contract/redis-client.js';
import type { ReplyShape } from '../../connection/resp/reply-shape.js';
import { runScript, type Script, type ScriptCall } from '../../connection/scripts.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { CallOptions } from '../port/call-options.js';

/** A command and the reply to expect (left out: any), without how it is to be sent. */
export type Question<T> = Omit<RedisCommand, keyof CallOptions | 'asking' | 'reply'> & { readonly reply?: ReplyShape<T> };

/**
 * Sends a command as the options of its call say. Rejects as `RedisClient.send`, and as `CallOptions.signal`
 * says.
 */
export function sendCall<T>(client: CommandSender, question: Question<T>, options: CallOptions = {}): Promise<T> {
  const { kind, alias, name, args, keys, reply, mayFailHalfway } = question;
  const { operation, failFast, deadlineMs, signal } = options;
  // Written out: a copy by spreading costs as much as sending it.
  const command = { kind, alias, operation, name, args, keys, reply, deadlineMs, failFast, mayFailHalfway };
  if (signal) return untilAborted(command, signal, () => client.send(command) as Promise<T>);
  return client.send(command) as Promise<T>;
}

/** Runs a script as the options of its call say. Rejects as `sendCall`. */
export function runCall<T>(client: CommandSender, script: Script, call: ScriptCall<T>, options: CallOptions = {}): Promise<T> {
  const run = (): Promise<T> => runScript(client, script, call, options);
  return options.signal ? untilAborted(call, options.signal, run) : run();
}

/**
 * A call that is under way when the signal fires goes on until its deadline, so that of a write nobody knows.
 */
function untilAborted<T>(call: Pick<RedisCommand, 'kind' | 'alias'>, signal: AbortSignal, make: () => Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(aborted(call.alias, signal, false));
  // One signal may end hundreds of calls, such as the parts of one; each takes its listener away, so there is
  // no leak to warn of.
  setMaxListeners(Infinity, signal);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(aborted(call.alias, signal, call.kind === 'write' ? 'unknown' : false));
    signal.addEventListener('abort', abort, { once: true });
    make()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function aborted(alias: string | undefined, { reason }: AbortSignal, executed: false | 'unknown'): CacheUnavailableError {
  const message = `Cache '${alias}': the caller aborted the call.`;
  return new CacheUnavailableError('aborted', executed, message, { alias, cause: reason });
}
