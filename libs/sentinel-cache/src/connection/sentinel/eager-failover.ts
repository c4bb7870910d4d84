import { parseHostPort } from '../../settings/locations/parse-host-port.js';
import type { NodeConnectionSetup } from '../wire/node-connection.js';
import { sameAddress } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';
import { PromotionPoller } from './promotion-poller.js';
import type { Promotion } from './decide/failover-facts.js';
import type { SentinelNewsItem } from '../contract/client-event.js';

/** A sentinel that selects again sooner is not followed: a failover takes longer. */
const LEAST_BETWEEN_CHOICES_MS = 1000;

/**
 * `eagerFailover`: follows the leader of a failover from its selection of a replica on, a second before it
 * announces the outcome. A promotion counts from when the node says itself that it is a primary, and is
 * withdrawn when the failover is aborted.
 */
export class EagerFailover {
  promotion: Promotion | undefined;
  private readonly poller: PromotionPoller;
  /** When a selection of each sentinel was followed last. */
  private readonly choices = new Map<string, number>();

  constructor(
    setup: NodeConnectionSetup,
    private readonly onNews: () => void,
  ) {
    this.poller = new PromotionPoller(setup, (address) => {
      this.promotion = { address, atMs: performance.now() };
      this.onNews();
    });
  }

  /**
   * Takes what the sentinel `by` announced. A selected replica gets our password only when it is known to be
   * a replica of our master.
   */
  hear(fact: SentinelNewsItem, by: string, isKnown: (address: TcpAddress) => boolean): void {
    if (fact.type === 'replica-selected') this.follow(fact.address, by, isKnown);
    else if (fact.type === 'primary-changed' || fact.type === 'failover-ended') this.poller.stop();
    else if (fact.type === 'failover-aborted') this.withdraw();
  }

  /** The node could not prove that it is a primary. */
  disprove(address: TcpAddress): void {
    if (sameAddress(this.promotion?.address, address)) this.promotion = undefined;
  }

  close(): void {
    this.poller.stop();
  }

  private follow(text: string, by: string, isKnown: (address: TcpAddress) => boolean): void {
    const nowMs = performance.now();
    const parsed = parseHostPort(text);
    const isTooSoon = nowMs - (this.choices.get(by) ?? -Infinity) < LEAST_BETWEEN_CHOICES_MS;
    if (isTooSoon || !('value' in parsed) || !isKnown(parsed.value)) return;
    this.choices.set(by, nowMs);
    this.poller.follow(parsed.value);
  }

  private withdraw(): void {
    this.poller.stop();
    this.promotion = undefined;
    this.onNews();
  }
}
