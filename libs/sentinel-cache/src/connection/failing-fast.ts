import type { CommandSender } from './contract/redis-client.js';

/** The same client for callers who are told at once, and do not wait, while the circuit breaker is open. */
export function failingFast(client: CommandSender): CommandSender {
  return {
    send: (command) => client.send({ ...command, failFast: true }),
    refusal: (write, takesMoreThan) => client.refusal({ ...write, failFast: true }, takesMoreThan),
    callDeadlineMs: client.callDeadlineMs,
    generation: (key) => client.generation(key),
  };
}
