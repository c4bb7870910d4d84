import type { ConnectionConfig } from '../settings/resolved-settings.js';
import { clientIdentity } from './client-identity.js';
import { GatedClient } from './gated-client.js';
import type { ClientEvent, RedisClient } from './redis-client.js';

/** The clients of one set of caches: one for each full connection identity. */
export class ClientRegistry {
  private readonly clients = new Map<string, RedisClient>();

  constructor(private readonly tell: (event: ClientEvent) => void) {}

  /** The client for that connection; made at the first request, connected at the first use. */
  clientFor(config: ConnectionConfig): RedisClient {
    const identity = clientIdentity(config);
    let client = this.clients.get(identity);
    if (!client) {
      client = new GatedClient(config, this.tell);
      this.clients.set(identity, client);
    }
    return client;
  }

  /** Begins to connect them all; returns at once. */
  start(): void {
    for (const client of this.clients.values()) client.start();
  }

  /** Ends them all, at the same time. */
  async close(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.close()));
  }
}
