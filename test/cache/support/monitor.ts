import { once } from 'node:events';
import { connect } from 'node:net';
import type { LocalRedis } from 'local-sentinel';

/** One command as Redis executed it. */
export interface Executed {
  /** Whether a script did it. */
  readonly byScript: boolean;
  /** Bytes as latin1. */
  readonly args: readonly string[];
}

/** What Redis executes, as its MONITOR tells it. */
export interface Monitor {
  /** What was executed since the last question, up to now. */
  take(): Promise<Executed[]>;
  stop(): void;
}

const LINE = /^\+\d+\.\d+ \[\d+ (\S+)\] (.*)$/;

export async function startMonitor(redis: LocalRedis, password: string): Promise<Monitor> {
  const socket = connect(redis.port, redis.host);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (data) => (text += String(data)));
  socket.write(`AUTH ${password}\r\nMONITOR\r\n`);
  const seen = async (word: string): Promise<void> => {
    while (!text.includes(word)) await once(socket, 'data', { signal: AbortSignal.timeout(5000) });
  };
  await seen('+OK\r\n+OK\r\n');
  let round = 0;
  return {
    async take() {
      const end = `end of round ${(round += 1)}`;
      await redis.command('ECHO', end);
      await seen(end);
      const lines = text.split('\r\n').map((line) => LINE.exec(line));
      text = '';
      return lines.flatMap((found) => (found ? [{ byScript: found[1] === 'lua', args: argsOf(found[2]!) }] : [])).filter(isOurs);
    },
    stop: () => void socket.destroy(),
  };
}

function argsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted]) =>
    quoted!.replace(/\\(x[0-9a-f]{2}|.)/g, (_, escaped: string) =>
      escaped.length === 3
        ? String.fromCharCode(parseInt(escaped.slice(1), 16))
        : ({ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }[escaped] ?? escaped),
    ),
  );
}

/** Neither the test's own words nor what a connection says of itself. */
function isOurs({ args }: Executed): boolean {
  return !['ECHO', 'SELECT', 'PING', 'HELLO', 'CLIENT', 'AUTH', 'ROLE', 'INFO'].includes(args[0]!.toUpperCase());
}
