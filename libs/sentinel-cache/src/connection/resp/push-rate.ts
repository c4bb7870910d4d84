import { ProtocolError } from './protocol-error.js';

const A_SECOND_MS = 1000;

/** Bounds how many messages a server may push in one second. */
export class PushRate {
  private countingSinceMs = 0;
  private pushes = 0;

  constructor(private readonly perSecond: number) {}

  /** Counts one message. Throws a ProtocolError for one too many. */
  count(): void {
    const nowMs = performance.now();
    if (nowMs - this.countingSinceMs >= A_SECOND_MS) {
      this.countingSinceMs = nowMs;
      this.pushes = 0;
    }
    this.pushes += 1;
    if (this.pushes > this.perSecond) throw new ProtocolError(`more than ${this.perSecond} messages in a second`);
  }
}
