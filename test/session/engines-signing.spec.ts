import { describe, expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';

import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import {
  COOKIE_SALT,
  fromBase62,
  SessionSigner,
  STORED_SALT,
  toBase62,
} from '../../libs/sentinel-cache/src/session/signing/session-signer.js';
import { FakeClock } from '../../libs/sentinel-cache/src/testing/fake-clock.js';
import { sessionSettings } from './engines.suite.js';

interface Vectors {
  readonly secret: string;
  readonly frozen_unix_time: number;
  readonly salt: string;
  readonly signed_cookies_salt: string;
  readonly records: readonly {
    session: string;
    repr: string;
    db_session_data?: string;
    cached_db_session_data?: string;
    cookie?: string;
  }[];
}
const { signing } = JSON.parse(readFileSync('test/fixtures/wire-vectors.json', 'utf8')) as { signing: Vectors };
const rows = signing.records.filter(({ db_session_data }) => db_session_data !== undefined);
const frozenMs = signing.frozen_unix_time * 1000;
/** The dict of a vector's Python repr: these hold no quotes, no None and no booleans. */
const fieldsOf = (repr: string) => JSON.parse(repr.replaceAll("'", '"')) as Record<string, unknown>;

function signer(options: { secretKeys?: string[]; salt?: string; maxBytes?: number } = {}): SessionSigner {
  return new SessionSigner({
    secretKeys: [signing.secret],
    salt: STORED_SALT,
    maxBytes: 1 << 20,
    clock: new FakeClock(frozenMs),
    ...options,
  });
}

describe('signing', () => {
  it('S-35: has the salts of Django', () => {
    expect([STORED_SALT, COOKIE_SALT]).toEqual([signing.salt, signing.signed_cookies_salt]);
  });

  it.each(rows)('S-35: reads what Django signed: $session', ({ repr, db_session_data, cached_db_session_data }) => {
    const unsigned = signer().unsignStored(db_session_data!);
    expect(unsigned).toStrictEqual({ data: fieldsOf(repr), signedAtMs: frozenMs });
    if (cached_db_session_data) expect(cached_db_session_data).toBe(db_session_data);
  });

  it.each(rows)('S-35: signs as Django does: $session', ({ repr, db_session_data }) => {
    const signed = signer().sign(fieldsOf(repr));
    const [payload] = db_session_data!.split(':');
    // Two versions of zlib may compress otherwise; what they compress, the sign of it, the time and the signature's making are the same.
    if (!payload!.startsWith('.')) expect(signed).toBe(db_session_data);
    else expect(plain(signed)).toEqual(plain(db_session_data!));
    const head = db_session_data!.slice(0, db_session_data!.lastIndexOf(':'));
    expect(signed.split(':')[1]).toBe(db_session_data!.split(':')[1]);
    expect(`${head}:${signatureOf(head)}`).toBe(db_session_data);
    expect(signed.endsWith(signatureOf(signed.slice(0, signed.lastIndexOf(':'))))).toBe(true);
  });

  it('S-35: escapes everything beyond ASCII, and writes compact separators outside of strings only', () => {
    const data = { 'a, b: c': 'é\u{1f600} "x": [1, 2], \\', n: [1, 2.5, { k: null }] };
    const [payload] = signer().sign(data).split(':');
    const json = Buffer.from(payload!, 'base64url').toString('latin1');
    expect(json).toBe('{"a, b: c":"\\u00e9\\ud83d\\ude00 \\"x\\": [1, 2], \\\\","n":[1,2.5,{"k":null}]}');
    expect(signer().unsignStored(signer().sign(data)).data).toStrictEqual(data);
  });

  it.each([
    [0, '0'],
    [61, 'z'],
    [62, '10'],
    [1700000000, '1r31eq'],
    [-5, '-5'],
  ])('S-35: base62 of %p is %p', (number, text) => {
    expect(toBase62(number)).toBe(text);
    expect(fromBase62(text)).toBe(number);
  });

  it('S-35: SECRET_KEY_FALLBACKS read and do not sign', () => {
    const old = signer({ secretKeys: ['old'] }).sign({ n: 1 });
    const rotated = signer({ secretKeys: ['new', 'old'] });
    expect(rotated.unsignStored(old).data).toEqual({ n: 1 });
    expect(signer({ secretKeys: ['old'] }).unsign(rotated.sign({ n: 1 }))).toEqual({ problem: 'bad-signature' });
    expect(signer({ secretKeys: ['new'] }).unsignStored(rotated.sign({ n: 1 })).data).toEqual({ n: 1 });
  });

  it('another salt, key, payload, time or signature is a bad signature', () => {
    const good = rows[1]!.db_session_data!;
    const [payload, time, mac] = good.split(':') as [string, string, string];
    const bad = [
      '',
      ':',
      '::',
      'x',
      `${payload}:${time}`,
      `${payload}:${time}:`,
      `${payload}A:${time}:${mac}`,
      `${payload}:1r31er:${mac}`,
    ];
    bad.push(
      `${payload}:${time}:${mac.slice(0, -1)}`,
      `${good} `,
      `${payload}:${time}:${mac.slice(0, -1)}é`,
      '\0\0\0:a:b',
      ':'.repeat(1000),
    );
    for (const text of bad) {
      expect(signer().unsign(text)).toEqual({ problem: 'bad-signature' });
      expect(() => signer().unsignStored(text)).toThrow(CodecError);
    }
    expect(signer({ salt: COOKIE_SALT }).unsign(good)).toEqual({ problem: 'bad-signature' });
    expect(signer({ secretKeys: ['other'] }).unsign(good)).toEqual({ problem: 'bad-signature' });
  });

  it('signed text that is damaged, no dict, or unpacks to gigabytes is unreadable', () => {
    const bomb = `.${deflateSync(Buffer.from(`{"a":"${'a'.repeat(64 << 20)}"}`)).toString('base64url')}`;
    const payloads = [
      '',
      '.',
      '.AAAA',
      bomb,
      encode('[]'),
      encode('1'),
      encode('null'),
      encode('{"a": '),
      encode('{"a":1}').slice(0, -3),
    ];
    for (const payload of payloads) {
      const head = `${payload}:1r31eq`;
      expect(signer().unsign(`${head}:${signatureOf(head)}`)).toEqual({ problem: 'unreadable' });
    }
    const noTime = `${encode('{}')}:---`;
    expect(signer().unsign(`${noTime}:${signatureOf(noTime)}`)).toEqual({ problem: 'unreadable' });
  });

  it('refuses what JSON can not hold, and more than it would read again', () => {
    expect(() => signer().sign({ n: new Set([1]) })).toThrow(CodecError);
    expect(() => signer({ maxBytes: 100 }).sign({ n: 'x'.repeat(100) })).toThrow(CodecError);
  });
});

describe('engine signed_cookies', () => {
  function cookies(settings: Record<string, unknown> = {}) {
    const clock = new FakeClock(frozenMs);
    const { config, auth } = sessionSettings({ SESSION_ENGINE: 'signed_cookies', SECRET_KEY: signing.secret, ...settings });
    const engine = createSessionEngine({ config, auth, cache: undefined, repository: undefined, clock });
    return { engine, clock, session: (cookie?: string) => new CacheSession(engine, config, clock, cookie) };
  }
  const vector = signing.records.find(({ cookie }) => cookie !== undefined)!.cookie!;

  it("S-33: writes and reads Django's cookie", async () => {
    const { engine } = cookies();
    expect(engine.seal!({ a: 1 })).toBe(vector);
    expect((await engine.load(vector))!.data).toEqual({ a: 1 });
  });

  it('S-33: a session lives in its cookie from request to request', async () => {
    const { session } = cookies();
    const first = session();
    await first.set('cart', ['tea']);
    await first.state.save();
    const second = session(first.sessionKey);
    (await second.get<string[]>('cart'))!.push('milk');
    expect(await second.state.isModified()).toBe(true);
    await second.state.save();
    expect(await session(second.sessionKey).get('cart')).toEqual(['tea', 'milk']);
  });

  it.each(['', 'x', 'a:b:c', `${vector}x`, vector.replace('eyJ', 'eyK'), rows[1]!.db_session_data!, 'x'.repeat(100_000)])(
    'S-33: whatever is wrong with a cookie, there is no session: %#',
    async (cookie) => {
      const { engine, session } = cookies();
      expect(await engine.load(cookie)).toBeUndefined();
      const visitor = session(cookie);
      expect(await visitor.toObject()).toEqual({});
      expect(visitor.sessionKey).toBeUndefined();
    },
  );

  it('S-33: is over after SESSION_COOKIE_AGE, and not before', async () => {
    const { engine, clock } = cookies({ SESSION_COOKIE_AGE: 100 });
    clock.advance(100_000);
    expect(await engine.load(vector)).toBeDefined();
    clock.advance(1000);
    expect(await engine.load(vector)).toBeUndefined();
  });

  it('an expiry of its own ends it too, which Django does not look at', async () => {
    const { engine, clock } = cookies();
    const cookie = engine.seal!({ n: 1, _session_expiry: 10 });
    const until = engine.seal!({ n: 1, _session_expiry: new Date(frozenMs + 20_000).toISOString() });
    clock.advance(11_000);
    expect([await engine.load(cookie), (await engine.load(until))?.data['n']]).toEqual([undefined, 1]);
    clock.advance(10_000);
    expect(await engine.load(until)).toBeUndefined();
  });

  it('refuses a cookie that a browser would drop without a word', async () => {
    const { engine, session } = cookies();
    const noise = createHash('shake256', { outputLength: 4000 }).update('x').digest('base64');
    expect(() => engine.seal!({ noise })).toThrow(CodecError);
    const s = session();
    await s.set('noise', noise);
    await expect(s.state.save()).rejects.toThrow(CodecError);
    expect(engine.seal!({ zeros: '0'.repeat(4000) }).length).toBeLessThan(200);
  });

  it('S-33: there is nothing on the server', async () => {
    const { engine } = cookies();
    expect(await engine.exists(vector)).toBe(false);
    await engine.delete(vector);
    await engine.clearExpired();
    expect(await engine.load(vector)).toBeDefined();
  });
});

function encode(json: string): string {
  return Buffer.from(json, 'latin1').toString('base64url');
}

/** S-35, written down once more. */
function signatureOf(head: string): string {
  const key = createHash('sha256').update(`${signing.salt}signer${signing.secret}`).digest();
  return createHmac('sha256', key).update(head).digest('base64url');
}

function plain(signed: string): string {
  return inflateSync(Buffer.from(signed.slice(1).split(':')[0]!, 'base64url')).toString('latin1');
}
