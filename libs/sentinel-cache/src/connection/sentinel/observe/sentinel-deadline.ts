import { transient, DiagnosisError } from '../../wire/diagnosis.js';

/** A deadline is this many looks at the clock, one after the other. */
const LOOKS = 4;

/**
 * The work's own end, or a DiagnosisError when `who` has not answered in time. What comes later is dropped.
 *
 * Only time in which this process could have read an answer counts: while it stands still itself (a long task, a frozen machine) at most a
 * quarter of the deadline passes, so that its own pause never looks like the silence of all sentinels at once.
 */
export async function withinDeadline<T>(work: Promise<T>, who: string, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new DiagnosisError(transient('no-sentinel', `${who} did not answer within ${deadlineMs} ms.`)));
    let looks = 0;
    const look = (): void => {
      looks += 1;
      if (looks < LOOKS) timer = setTimeout(look, deadlineMs / LOOKS);
      // A busy event loop fires timers before it reads sockets: one look at what has arrived.
      else setImmediate(giveUp);
    };
    timer = setTimeout(look, deadlineMs / LOOKS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
