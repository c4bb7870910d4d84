import { describeKind } from '../read/describe-value.js';
import type { TcpAddress } from '../shapes/resolved-connection.js';
import { isHost, parseHostPort, parsePort } from '../locations/parse-host-port.js';
import type { SettingReader } from '../read/setting-reader.js';

/**
 * Reads a list of sentinels: `[host, port]` as Django writes it, or `'host:port'`. Returns undefined when it
 * is missing, empty or wrong.
 */
export function readSentinels(reader: SettingReader, name: string): readonly TcpAddress[] | undefined {
  const value = reader.take(name);
  const expected = "a list of ['host', 26379] or 'host:26379'";
  const items = value instanceof Set ? [...value] : value;
  if (!Array.isArray(items) || items.length === 0) {
    return reader.reject(name, {
      expected,
      got: describeKind(value),
      remedy: `Write ${name}: [['host1', 26379], ['host2', 26379]].`,
    });
  }
  const sentinels: TcpAddress[] = [];
  for (const [index, item] of items.entries()) {
    const sentinel = sentinelOf(item);
    if (sentinel) sentinels.push(sentinel);
    else {
      const problem = {
        path: `${reader.pathOf(name)}[${index}]`,
        expected: "['host', 26379] or 'host:26379'",
        got: describeKind(item),
      };
      reader.problems.add({ ...problem, remedy: 'Write a host, and a port from 1 to 65535.' });
    }
  }
  return sentinels.length === items.length ? sentinels : undefined;
}

function sentinelOf(item: unknown): TcpAddress | undefined {
  if (typeof item === 'string') {
    const parsed = parseHostPort(item);
    return 'value' in parsed ? parsed.value : undefined;
  }
  if (!Array.isArray(item) || item.length !== 2) return undefined;
  const port = parsePort(item[1]);
  return isHost(item[0]) && port !== undefined ? { host: item[0], port } : undefined;
}
