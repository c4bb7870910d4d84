import type { NodeAddress } from '../../settings/shapes/resolved-settings.js';

/** A TCP address; sentinels know no other. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port` or `unix:path`: the same text for the same address. */
export function addressText(address: NodeAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether two addresses are written alike; names are not resolved. */
export function sameAddress(a: NodeAddress | undefined, b: NodeAddress | undefined): boolean {
  return a !== undefined && b !== undefined && addressText(a) === addressText(b);
}
