import { describe, expect, it } from '@jest/globals';

import { transient } from '../../wire/diagnosis.js';
import { SentinelRecord } from './sentinel-record.js';

class Heard extends SentinelRecord {
  names(port: number): number {
    this.hear({ kind: 'address', address: { host: '10.0.0.1', port }, epoch: null, otherSentinels: 2 });
    return this.sinceMs!;
  }
  isSilent(): void {
    this.fallSilent(transient('no-sentinel', 'it is away.'));
  }
}

describe('what a sentinel has said', () => {
  it('tells since when it names its primary: since it named another one, silence aside', () => {
    const record = new Heard();
    expect(record.sinceMs).toBeUndefined();
    const beforeMs = performance.now();
    const sinceMs = record.names(1);
    expect(sinceMs).toBeGreaterThanOrEqual(beforeMs);
    while (performance.now() === sinceMs);
    expect(record.names(1)).toBe(sinceMs);
    record.isSilent();
    expect(record.names(1)).toBe(sinceMs);
    expect(record.names(2)).toBeGreaterThan(sinceMs);
  });
});
