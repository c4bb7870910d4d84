import { describe, expect, it } from '@jest/globals';
import { judgeHerd } from './herd-decision.js';

const H = 60;
const NOW = 1_700_000_000;

function judge(overdue: number, random = 0.999_999, herd = H) {
  return judgeHerd(NOW - overdue, herd, { clock: { wallMs: () => NOW * 1000 + 999 }, random: () => random });
}

describe('judgeHerd', () => {
  it.each([-100, -1, 0])('A-81: %i s past its soft end an entry is fresh, whatever the chance', (overdue) => {
    expect(judge(overdue, 0)).toBe('fresh');
  });

  it.each([1, 2, 10, 30, 58])('A-81: %i s past it the chance of a miss is (x + 1) / H', (overdue) => {
    const chance = (overdue + 1) / H;
    expect(judge(overdue, chance - 1e-9)).toBe('refresh');
    expect(judge(overdue, chance + 1e-9)).toBe('stale');
  });

  it('A-81: a second before the end everybody is sent to refresh, and from H on the entry is over', () => {
    expect(judge(H - 1)).toBe('refresh');
    expect(judge(H)).toBe('over');
    expect(judge(H + 1)).toBe('over');
  });

  it('A-81: by the numbers of Python: of the 60 values of randint(1, 60) exactly x + 1 are a miss', () => {
    for (let overdue = 1; overdue < H; overdue += 1) {
      const misses = Array.from({ length: H }, (_, i) => judge(overdue, (i + 0.5) / H)).filter(
        (verdict) => verdict === 'refresh',
      );
      expect(misses).toHaveLength(overdue + 1);
    }
  });

  it('with CACHE_HERD_TIMEOUT 0 nothing is served past its soft end; 1 serves nothing stale either', () => {
    expect(judge(1, 0.99, 0)).toBe('over');
    expect(judge(1, 0.99, 1)).toBe('over');
    expect(judge(0, 0.99, 0)).toBe('fresh');
  });

  it('reads a soft end with a fraction, as Django writes it for a timeout of 1.5 s', () => {
    expect(judge(-0.5)).toBe('fresh');
    expect(judge(0.5, 0.99)).toBe('stale');
  });
});
