import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';

import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { CodecError } from '../errors/codec.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { createSessionLog } from './session.providers.js';

describe('the log of sessions', () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    const note = (message: unknown): void => void lines.push(String(message));
    Logger.overrideLogger({ log: note, warn: note, error: note });
  });
  afterEach(() => Logger.overrideLogger(true));

  it('an outage is no line for each request: the caches have told of it', () => {
    const tell = createSessionLog('error');
    const outage = new CacheUnavailableError('no-primary', false, 'nobody is there');
    for (let request = 0; request < 100; request += 1) {
      tell(new SessionUnavailableError({ cause: outage }));
      tell(outage);
    }
    expect(lines).toEqual([]);
  });

  it.each(['OOM', 'LOADING', 'READONLY'])('a refusal of everything (%s) is an outage, too', (redisCode) => {
    const tell = createSessionLog('error');
    tell(new SessionUnavailableError({ cause: new CommandRejectedError(redisCode, `${redisCode} not now`) }));
    expect(lines).toEqual([]);
  });

  it('a closed cache is a mistake of the program, and told', () => {
    createSessionLog('error')(new CacheUnavailableError('closed', false, 'The cache is closed.'));
    expect(lines).toEqual(['The cache is closed.']);
  });

  it('other failures are told with the words of the store, ten a minute', () => {
    const tell = createSessionLog('error');
    for (let request = 0; request < 100; request += 1) {
      tell(new SessionUnavailableError({ cause: new CodecError('the bytes are damaged') }));
    }
    expect(lines).toHaveLength(10);
    expect(new Set(lines)).toEqual(new Set(['The session is not available right now. the bytes are damaged']));
  });
});
