import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactSettings } from './redact-settings.js';
import { resolveSettings } from './resolve-settings.js';

const SECRET = 'S3CRET';

describe('redactSettings', () => {
  it('hides secrets and keeps the rest', () => {
    const settings = {
      CACHES: {
        default: {
          BACKEND: 'redis',
          LOCATION: `redis://u:${SECRET}@h:1/0?password=${SECRET}&db=1`,
          KEY_FUNCTION: function own() {},
          OPTIONS: {
            PASSWORD: SECRET,
            SENTINEL_KWARGS: { password: SECRET, ssl_password: SECRET, username: 'u' },
            SENTINELS: [['h', 1]],
          },
        },
      },
      SECRET_KEY: SECRET,
      SECRET_KEY_FALLBACKS: [SECRET],
    };
    const before = structuredClone({ ...settings, CACHES: undefined });
    expect(redactSettings(settings)).toEqual({
      CACHES: {
        default: {
          BACKEND: 'redis',
          LOCATION: 'redis://***@h:1/0?password=***&db=1',
          KEY_FUNCTION: '[function own]',
          OPTIONS: {
            PASSWORD: '***',
            SENTINEL_KWARGS: { password: '***', ssl_password: '***', username: 'u' },
            SENTINELS: [['h', 1]],
          },
        },
      },
      SECRET_KEY: '***',
      SECRET_KEY_FALLBACKS: '***',
    });
    expect({ ...settings, CACHES: undefined }).toEqual(before);
  });

  it('hides the secrets of resolved settings, and shows that there are none', () => {
    const LOCATION = 'm/h:1/0';
    const OPTIONS = { CLIENT_CLASS: 'sentinel', PASSWORD: SECRET, SENTINEL_KWARGS: { username: 'u' } };
    const resolved = resolveSettings({ default: { BACKEND: 'redis', LOCATION, OPTIONS } });
    expect(redactSettings(resolved)).toMatchObject({
      caches: {
        default: {
          connection: {
            credentials: { password: '***' },
            topology: { masterName: 'm', sentinelCredentials: { username: 'u', password: '' } },
          },
        },
      },
    });
  });

  it.each([
    [`redis://:pa@ss/${SECRET}@h`],
    [`redis://:${SECRET}@a,redis://:${SECRET}@b`],
    [`m/:${SECRET}@h:1/0`],
    [`-----BEGIN PRIVATE KEY-----${SECRET}`],
    [`rediss://h?ssl_password=${SECRET}`],
    [[{ LOCATION: [`redis://:${SECRET}@h`] }]],
    [new Map([['password', SECRET]])],
    [new Set([`redis://:${SECRET}@h`])],
    [{ tls: { key: `x${SECRET}`, passphrase: SECRET } }],
    [{ api_token: SECRET, clientSecret: SECRET, credential: { value: SECRET } }],
    [JSON.parse(`{"__proto__":{"password":"${SECRET}"}}`)],
  ])('hides the secret (%#)', (settings) => {
    expect(JSON.stringify(redactSettings(settings))).not.toContain(SECRET);
  });

  it('takes cycles and anything else', () => {
    const cycle: Record<string, unknown> = { bytes: Buffer.from('x'), big: 5n };
    cycle['self'] = cycle;
    expect(redactSettings(cycle)).toEqual({ bytes: '[Buffer]', big: '5', self: '[circular]' });
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withMap: true, withSet: true, withBigInt: true }),
        (given) => redactSettings(given) !== undefined || given === undefined,
      ),
    );
  });
});
