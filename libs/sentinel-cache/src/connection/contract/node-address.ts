import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** Writes an address as `host:port`, `[v6]:port` or `unix:path`. Equal addresses have equal texts. */
export function addressText(address: NodeAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether two addresses are written alike. Names are not resolved; undefined is equal to nothing. */
export function sameAddress(a: NodeAddress | undefined, b: NodeAddress | undefined): boolean {
  return a !== undefined && b !== undefined && addressText(a) === addressText(b);
}
