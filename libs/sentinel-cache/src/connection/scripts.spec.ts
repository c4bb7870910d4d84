import { describe, expect, it } from '@jest/globals';

import type { CommandSender, RedisCommand } from './contract/redis-client.js';
import { refusalOf } from './gate/pending-call.js';
import { COUNT } from './resp/reply-shape.js';
import { defineScript, runScript, type ScriptOptions } from './scripts.js';

const SCRIPT = defineScript('setMany', 'return #KEYS');
const CALL = { kind: 'write', alias: 'default', keys: ['k'], args: [], reply: COUNT } as const;

/** A sender that rejects each command with the next code, and keeps what it was given. */
function refusing(...codes: string[]) {
  const sent: RedisCommand[] = [];
  const send = async (command: RedisCommand): Promise<never> => {
    sent.push(command);
    throw refusalOf(command, codes.shift()!, 'no.');
  };
  const client: CommandSender = { send, refusal: () => undefined, callDeadlineMs: 1000, generation: () => 1 };
  return { sent, client };
}

describe('a script', () => {
  it.each<[string, ScriptOptions]>([
    ["Cache 'default', setMany: no.", {}],
    ["Cache 'default', incr('visits'): no.", { operation: { method: 'incr', keys: 'visits' } }],
  ])('is named in its errors by what was called, never by EVALSHA: %s', async (message, options) => {
    for (const codes of [['OOM'], ['NOSCRIPT', 'OOM']])
      await expect(runScript(refusing(...codes).client, SCRIPT, CALL, options)).rejects.toMatchObject({ message });
  });

  it('goes by its text where the server does not know its hash, within the same deadline', async () => {
    const { sent, client } = refusing('NOSCRIPT', 'OOM');
    await expect(runScript(client, SCRIPT, CALL)).rejects.toMatchObject({ redisCode: 'OOM' });
    expect(sent.map(({ name, args }) => [name, args])).toEqual([
      ['EVALSHA', [SCRIPT.sha, 1, 'k']],
      ['EVAL', [SCRIPT.lua, 1, 'k']],
    ]);
    expect(sent[1]!.deadlineMs!).toBeLessThanOrEqual(1000);
  });
});
