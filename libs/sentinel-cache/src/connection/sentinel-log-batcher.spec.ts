import { expect, it } from '@jest/globals';

import { SentinelLogBatcher } from './sentinel-log-batcher.js';
import type { ClientChange } from './contract/client-event.js';

function joinedLog(): { log: SentinelLogBatcher; lines: string[] } {
  const lines: string[] = [];
  return { log: new SentinelLogBatcher(({ message }) => lines.push(message)), lines };
}

const lost = (message: string): ClientChange => ({ kind: 'sentinel-lost', level: 'warn', message });

it('what happens to several sentinels at the same time is one line', () => {
  const { log, lines } = joinedLog();
  log.add(lost('a closed the connection.'));
  log.add(lost('b closed the connection.'));
  log.add({ kind: 'down', level: 'warn', message: 'no connection' });
  log.flush();
  log.add(lost('c closed the connection.'));
  log.flush();
  log.flush();
  expect(lines).toEqual([
    'no connection',
    '2 sentinels are gone: a closed the connection. b closed the connection.',
    'c closed the connection.',
  ]);
});

it('a diagnosis that names the sentinels leaves nothing to say about each of them', () => {
  const { log, lines } = joinedLog();
  log.add(lost('a refused the credentials.'));
  log.add({ kind: 'diagnosis', level: 'error', reason: 'sentinel-auth', message: 'a refused the credentials. Check them.' });
  log.flush();
  expect(lines).toEqual(['a refused the credentials. Check them.']);
});
