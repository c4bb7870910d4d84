import { describe, expect, it } from '@jest/globals';

import { diagnoseGreeting } from './classify-error.js';

describe('a refused greeting', () => {
  it.each(['auth', 'sentinel-auth'] as const)('of a server in protected mode has the reason of its kind: %s', (reason) => {
    const diagnosis = diagnoseGreeting('DENIED Redis is running in protected mode', 'h:1', 'Check the password.', reason);
    expect(diagnosis).toMatchObject({ reason, permanent: true });
    expect(diagnosis.message).toContain('set protected-mode no');
  });

  it('of a server without HELLO says to upgrade it', () => {
    const diagnosis = diagnoseGreeting("ERR unknown command 'HELLO'", 'h:1', '', 'auth');
    expect(diagnosis).toMatchObject({ reason: 'unsupported-server', permanent: true });
    expect(diagnosis.message).toMatch(/Upgrade the server\.$/);
  });
});
