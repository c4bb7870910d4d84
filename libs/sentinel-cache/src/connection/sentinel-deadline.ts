import { passing, TroubleError } from './trouble.js';

/** The work's own end, or a TroubleError when `who` has not answered in time. What comes later is dropped. */
export async function withinDeadline<T>(work: Promise<T>, who: string, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const trouble = passing('no-sentinel', `${who} did not answer within ${deadlineMs} ms.`);
    // A busy event loop fires timers before it reads sockets: one look at what has arrived.
    timer = setTimeout(() => setImmediate(() => reject(new TroubleError(trouble))), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
