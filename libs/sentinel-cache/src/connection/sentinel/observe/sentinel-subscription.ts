import type { RespConnection } from '../../wire/resp-connection.js';
import { OTHER_CHANNELS, readSentinelEvent, SWITCH_CHANNEL, type EventContext } from './sentinel-event.js';
import type { SentinelNewsItem } from '../../contract/client-event.js';

/**
 * Receives what one sentinel publishes, over the socket that our questions use too. The announcement of a new
 * primary is subscribed to first and by itself; an ACL that forbids the other channels costs events and
 * nothing else.
 */
export class SentinelSubscription {
  /** Whether all channels are subscribed to. */
  isComplete = false;

  constructor(
    private readonly listener: EventContext,
    private readonly onFact: (fact: SentinelNewsItem) => void,
  ) {}

  /** Listens on a socket. `onSwitch` gets each announcement of a new primary before `onFact` does. */
  attach(connection: RespConnection, onSwitch: (message: string) => void): void {
    this.isComplete = false;
    connection.listen((channel, message) => {
      if (channel === SWITCH_CHANNEL) onSwitch(message);
      const fact = readSentinelEvent({ channel, message }, this.listener);
      if (fact) this.onFact(fact);
    });
  }

  /**
   * Subscribes to the channels that never change the primary; `isComplete` tells whether the ACL allowed it.
   * Never rejects.
   */
  async subscribeToRest(connection: RespConnection): Promise<void> {
    this.isComplete = await connection.subscribe(OTHER_CHANNELS).then(
      () => true,
      () => false,
    );
  }
}
