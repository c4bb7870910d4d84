import { setTimeout as pause } from 'node:timers/promises';

import { msUntil } from '../../time/clock.js';
import { readGreeting } from '../wire/greeting.js';
import { NodeConnection, type NodeConnectionSetup } from '../wire/node-connection.js';
import { addressText } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** Pause between two questions to the replica. */
const POLL_MS = 20;
/** How long the replica is asked. A planned promotion takes a few tenths of a second. */
const FOLLOWED_MS = 4000;

/**
 * Asks the replica that a failover has selected, over a connection of its own, until it says that it is a
 * primary. The question is HELLO, which needs no permission. The connection is closed after the last
 * question.
 */
export class PromotionPoller {
  readonly #setup: NodeConnectionSetup;
  private following: { readonly target: string; readonly controller: AbortController } | undefined;

  constructor(
    setup: NodeConnectionSetup,
    private readonly onPromoted: (address: TcpAddress) => void,
  ) {
    this.#setup = setup;
  }

  /** Starts to ask; returns at once. Calls back when the node is a primary, else never. */
  follow(address: TcpAddress): void {
    const target = addressText(address);
    if (this.following?.target === target) return;
    this.stop();
    const controller = new AbortController();
    const following = { target, controller };
    this.following = following;
    this.poll(address, controller.signal).then(
      (promoted) => {
        if (this.following !== following) return;
        this.following = undefined;
        if (promoted) this.onPromoted(address);
      },
      () => undefined,
    );
  }

  stop(): void {
    this.following?.controller.abort();
    this.following = undefined;
  }

  /** Rejects when it is stopped. */
  private async poll(address: TcpAddress, signal: AbortSignal): Promise<boolean> {
    const endMs = performance.now() + FOLLOWED_MS;
    while (performance.now() < endMs) {
      const connection = await NodeConnection.open(this.#setup, address, signal).catch(() => undefined);
      const openedAtMs = performance.now();
      if (connection && (await pollUntil(connection, endMs, signal))) return true;
      signal.throwIfAborted();
      // A promotion cuts the connections of all clients: one that was lost is made again at once.
      if (!connection || performance.now() - openedAtMs < POLL_MS) await pause(POLL_MS, undefined, { signal });
    }
    return false;
  }
}

/**
 * Resolves to whether the node became a primary before the time was over or the connection broke. Closes the
 * connection.
 */
async function pollUntil(connection: NodeConnection, endMs: number, signal: AbortSignal): Promise<boolean> {
  const end = (): void => connection.destroy();
  const timer = setTimeout(end, msUntil(endMs));
  signal.addEventListener('abort', end, { once: true });
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  try {
    for (let { role } = connection.facts; connection.isOpen; role = await askRole(connection)) {
      if (role === 'master') return true;
      await Promise.race([closed, pause(POLL_MS, undefined, { signal })]);
    }
    return false;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Resolves to the node's role; `unknown` when the connection broke. */
function askRole(connection: NodeConnection): Promise<NodeConnection['facts']['role']> {
  // A promotion cuts the connections of all clients: a lost one is opened again at once.
  if (!connection.isOpen) return Promise.resolve('unknown');
  return new Promise((resolve) => {
    connection.send('HELLO', [], (outcome) => resolve(outcome.kind === 'reply' ? readGreeting(outcome.value).role : 'unknown'));
  });
}
