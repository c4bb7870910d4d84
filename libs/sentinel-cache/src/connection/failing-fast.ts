import type { CommandSender } from './contract/redis-client.js';

/** Returns a sender whose commands are rejected at once while the circuit breaker is open. */
export function failingFast(client: CommandSender): CommandSender {
  return {
    send: (command) => client.send({ ...command, failFast: true }),
    refusal: (write, takesMoreThan) => client.refusal({ ...write, failFast: true }, takesMoreThan),
    callDeadlineMs: client.callDeadlineMs,
    generation: (key) => client.generation(key),
  };
}
