import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import { withinDeadline } from './sentinel-deadline.js';
import { DiagnosisError } from '../../wire/diagnosis.js';

const DEADLINE_MS = 100;

/** This process stands still. */
function standStill(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('the deadline of a sentinel', () => {
  it('fault 18: ends work that is not done in time', async () => {
    const error = await withinDeadline(new Promise(() => undefined), 'sentinel a', DEADLINE_MS).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DiagnosisError);
    expect((error as DiagnosisError).diagnosis).toMatchObject({
      reason: 'no-sentinel',
      message: expect.stringContaining('sentinel a'),
    });
  });

  it('fault 58: a pause of this process is not the silence of a sentinel: what takes some turns after it is in time', async () => {
    const steps = async (): Promise<string> => {
      // An answer has to be read, and another question asked: the pause is over long before the second answer.
      for (let step = 0; step < 3; step += 1) await pause(5);
      return 'answered';
    };
    const answer = withinDeadline(steps(), 'sentinel a', DEADLINE_MS);
    standStill(3 * DEADLINE_MS);
    expect(await answer).toBe('answered');
  });
});
