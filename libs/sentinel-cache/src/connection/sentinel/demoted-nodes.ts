import { addressText } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';

/** Sentinels learn of a demotion within this time. */
const LASTS_AFTER_MS = 1000;
/** An older answer of a node does not count any more. */
const FORGOTTEN_AFTER_MS = 10_000;
/** How many nodes are remembered. */
const MOST_NODES = 64;

/** Remembers nodes that said that they are no primary, and since when. */
export class DemotedNodes {
  private readonly nodes = new Map<
    string,
    { readonly address: TcpAddress; readonly sinceMs: number; readonly saidAtMs: number }
  >();

  /** Records that the node has just said so. */
  add(address: TcpAddress, nowMs: number): void {
    this.forget(nowMs);
    const text = addressText(address);
    const sinceMs = this.nodes.get(text)?.sinceMs ?? nowMs;
    if (this.nodes.size < MOST_NODES || this.nodes.has(text)) this.nodes.set(text, { address, sinceMs, saidAtMs: nowMs });
  }

  /** Returns the nodes that have been saying so for at least a second. */
  lasting(nowMs: number): readonly TcpAddress[] {
    this.forget(nowMs);
    return [...this.nodes.values()].flatMap(({ address, sinceMs }) => (nowMs - sinceMs >= LASTS_AFTER_MS ? [address] : []));
  }

  private forget(nowMs: number): void {
    for (const [text, { saidAtMs }] of this.nodes) if (nowMs - saidAtMs >= FORGOTTEN_AFTER_MS) this.nodes.delete(text);
  }
}
