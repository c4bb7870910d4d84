import { connect as connectTcp, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { AbstractConnector } from 'ioredis';

/**
 * How long one address of a name may take before the next one is tried beside it. Less than any deadline
 * here.
 */
const NEXT_ADDRESS_MS = 100;

/** Those of the options that a socket needs; ioredis hands all to the connector. */
interface SocketOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly tls?: ConnectionOptions;
}

/**
 * Makes a connector for ioredis whose sockets resolve names with `lookup`; ioredis' own connector has no
 * option for that.
 */
export function connectorWith(lookup: LookupFunction): new (options: unknown) => AbstractConnector {
  return class OneShotConnector extends AbstractConnector {
    readonly #options: SocketOptions;

    constructor(options: unknown) {
      super(1);
      this.#options = options as SocketOptions;
    }

    async connect(): Promise<Socket> {
      const { host, port, path, tls } = this.#options;
      const target = path ? { path } : { host, port, lookup, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS };
      this.stream = tls ? connectTls({ ...target, ...tls } as ConnectionOptions) : connectTcp(target as NetConnectOpts);
      this.stream.once('error', (error: Error) => (this.firstError = error));
      return this.stream;
    }
  };
}
