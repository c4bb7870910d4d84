import { describeKind } from '../read/describe-value.js';
import type { TcpAddress } from '../shapes/resolved-connection.js';
import { isHost, parseHostPort, parsePort } from '../locations/parse-host-port.js';
import { isDict, SettingReader } from '../read/setting-reader.js';
import type { NatMap } from '../shapes/cache-options-setting.js';

const NAME = 'natMap';
const EXAMPLE =
  "Write natMap: { '10.0.0.5:6379': { host: 'redis.example.com', port: 6379 } }, or (host, port) => ({ host, port }).";

/**
 * Reads OPTIONS.natMap; undefined when it is not given or a problem. A function is taken as it is: its
 * results are checked when it is called.
 */
export function readNatMap(options: SettingReader): NatMap | undefined {
  const value = options.take(NAME);
  if (value === undefined || typeof value === 'function') return value as NatMap | undefined;
  if (!isDict(value)) {
    return options.reject(NAME, {
      expected: 'an object of addresses, or a function',
      got: describeKind(value),
      remedy: EXAMPLE,
    });
  }
  const entries = options.sub(NAME);
  const map: Record<string, TcpAddress> = {};
  for (const name of entries.names) {
    const from = readFrom(entries, name);
    const to = readTo(entries, name);
    if (from && to) map[addressKey(from)] = to;
  }
  return Object.freeze(map);
}

/** Returns the key of an address in a natMap: lower case, IPv6 in brackets. */
export function addressKey({ host, port }: TcpAddress): string {
  const name = host.toLowerCase();
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}

function readFrom(entries: SettingReader, name: string): TcpAddress | undefined {
  const parsed = parseHostPort(name, 'an address as sentinels name it');
  return 'value' in parsed ? parsed.value : entries.reject(name, parsed.fault);
}

function readTo(entries: SettingReader, name: string): TcpAddress | undefined {
  const value = entries.take(name);
  const expected = "{ host: 'redis.example.com', port: 6379 }";
  if (!isDict(value)) return entries.reject(name, { expected, got: describeKind(value), remedy: EXAMPLE });
  const address = entries.sub(name);
  const host = address.take('host');
  const port = parsePort(address.take('port'));
  address.rejectUnknown();
  if (isHost(host) && port !== undefined) return Object.freeze({ host, port });
  return entries.reject(name, {
    expected,
    got: isHost(host) ? 'no port number' : 'no host',
    remedy: 'Write a host, and a port from 1 to 65535.',
  });
}
