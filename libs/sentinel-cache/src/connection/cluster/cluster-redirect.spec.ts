import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { nextStep } from './cluster-redirect.js';

const refused = (message: string, executed: false | 'unknown' = false) =>
  new CommandRejectedError(/^[A-Z]+/.exec(message)![0], 'words for people', { reply: message, executed });

describe('what becomes of a call that a node of a cluster did not answer', () => {
  it('follows MOVED and ASK to where they say', () => {
    expect(nextStep(refused('MOVED 3999 127.0.0.1:6381'), false)).toEqual({
      kind: 'moved',
      slot: 3999,
      host: '127.0.0.1',
      port: 6381,
    });
    expect(nextStep(refused('ASK 0 ::1:7000'), false)).toEqual({ kind: 'ask', slot: 0, host: '::1', port: 7000 });
    expect(nextStep(refused('MOVED 1 :7000'), false)).toMatchObject({ kind: 'moved', host: '', port: 7000 });
  });

  it('waits while keys are on their way, or the cluster is down', () => {
    expect(nextStep(refused('TRYAGAIN Multiple keys request during rehashing of slot'), false)).toMatchObject({
      kind: 'wait',
      why: 'migrating',
    });
    expect(nextStep(refused('CLUSTERDOWN Hash slot not served'), false)).toMatchObject({ kind: 'wait', why: 'cluster-down' });
  });

  it('asks somebody else only when the node lost its slots before it took the call', () => {
    const away = (executed: false | 'unknown') => new CacheUnavailableError('no-primary', executed, 'x');
    expect(nextStep(away(false), true)).toEqual({ kind: 'again' });
    expect(nextStep(away('unknown'), true)).toEqual({ kind: 'reject' });
    expect(nextStep(away(false), false)).toEqual({ kind: 'reject' });
    expect(nextStep(new CacheUnavailableError('queue-full', false, 'x'), true)).toEqual({ kind: 'reject' });
  });

  it.each(['MOVED 1', 'MOVED 16384 h:1', 'MOVED 99999 h:1', 'ASK -1 h:1', 'ASK x h:1', 'MOVED 1 h:999999', 'MOVED 1 h'])(
    'believes no redirection that leads nowhere: %s',
    (message) => expect(nextStep(refused(message), false)).toEqual({ kind: 'invalid' }),
  );

  it('believes a redirection of the slot that was asked for, and of no other', () => {
    const moved = refused('MOVED 7 h:1');
    expect(nextStep(moved, false, 7)).toMatchObject({ kind: 'moved', slot: 7 });
    expect(nextStep(moved, false, 8)).toEqual({ kind: 'invalid' });
  });

  it.each([
    ['any other refusal', refused('WRONGTYPE Operation against a key')],
    ['one of other words that ends like a redirection', refused('ERR no such thing as MOVED 1 evil:1')],
    ['a script that said so after it may have written', refused('MOVED 1 evil:1', 'unknown')],
    ['one that this package made up', new CommandRejectedError('READONLY', 'MOVED 1 evil:1')],
    ['an error of another kind', new Error('MOVED 1 evil:1')],
  ])('leaves to the caller %s', (_what, error) => {
    expect(nextStep(error, true)).toEqual({ kind: 'reject' });
  });
});
