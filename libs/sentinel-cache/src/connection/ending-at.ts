import type { PrimaryClient } from './contract/redis-client.js';

/**
 * Returns a sender for the parts of one call, which share its deadline. `endsAtMs`: on the clock of
 * `performance.now()`.
 */
export function endingAt(client: PrimaryClient, endsAtMs: number): PrimaryClient {
  return {
    send: (command) => client.send({ ...command, deadlineMs: Math.max(1, endsAtMs - performance.now()) }),
    refusal: (write, takesMoreThan) => client.refusal(write, takesMoreThan),
    callDeadlineMs: client.callDeadlineMs,
    readsReplicas: client.readsReplicas,
    generation: (key) => client.generation(key),
  };
}
