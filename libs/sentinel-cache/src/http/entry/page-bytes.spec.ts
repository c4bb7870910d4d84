import { describe, expect, it } from '@jest/globals';

import { decodePage, decodeVary, encodePage, encodeVary } from './page-bytes.js';
import type { Page } from './page.js';

const page: Page = {
  identity: '["http","a"]',
  vary: ['accept'],
  variant: 'digest',
  status: 200,
  headers: [
    ['content-type', 'text/html'],
    ['link', ['a', 'b']],
  ],
  body: Buffer.from([0, 255, 10]),
  lifetimeMs: 1000,
  generations: [['catalogue', 'g']],
  stale: { whileRevalidateMs: 5, ifErrorMs: 0 },
  ageSeconds: 0,
  dateMs: 1,
  varyHeader: 'Accept',
};

describe('the bytes of a page', () => {
  it('come back as they were, an empty body and list included', () => {
    expect(decodePage(encodePage(page))).toEqual(page);
    const bare = { ...page, body: Buffer.alloc(0), headers: [], vary: [] };
    expect(decodePage(encodePage(bare))).toEqual(bare);
  });

  it('are no page when one byte of the prefix is another, or the end is missing', () => {
    const bytes = encodePage(page);
    const head = bytes.length - page.body.length;
    for (let at = 0; at < 5; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
      expect(decodePage(damaged)).toBeUndefined();
    }
    for (let length = 0; length < head; length += 1) expect(decodePage(bytes.subarray(0, length))).toBeUndefined();
  });

  it.each([
    [{ status: 99 }],
    [{ status: '200' }],
    [{ headers: [['content-type', 'a\r\nset-cookie: b']] }],
    [{ headers: [['set-cookie', 'a=1']] }],
    [{ headers: [['bad name', 'a']] }],
    [{ headers: [['a', 1]] }],
    [{ headers: Array.from({ length: 501 }, () => ['a', 'b']) }],
    [{ headers: { length: 0 } }],
    [{ vary: ['a b'] }],
    [{ identity: null }],
    [{ lifetimeMs: -1 }],
    [{ dateMs: 1e300 }],
    [{ varyHeader: 'a\nb' }],
  ])('with %j are no page', (changes) => {
    expect(decodePage(encodePage({ ...page, ...changes } as unknown as Page))).toBeUndefined();
  });

  it('of a list of names come back, and anything else is none', () => {
    const list = { identity: 'x', names: ['accept'], variants: ['a', 'b'] };
    expect(decodeVary(encodeVary(list))).toEqual(list);
    for (const bytes of ['', '\xb1', '\xb1null', '\xb1{"identity":"x","names":["a b"],"variants":[]}', 'x{}'])
      expect(decodeVary(Buffer.from(bytes, 'latin1'))).toBeUndefined();
  });
});
