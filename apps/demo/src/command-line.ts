import { parseArgs } from 'node:util';

/** Why the demo can't start, in words for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The HTTP servers that Nest can stand on. */
export type Platform = 'express' | 'fastify';

/** How the demo is to be served. */
export interface CommandLine {
  readonly platform: Platform;
  readonly host: string;
  /** What else than loopback and its address it is called by, such as the machine that publishes its port. */
  readonly hostName: string;
  /** 0: any free one. */
  readonly port: number;
  /** The page of help is all that is wanted. */
  readonly help: boolean;
}

/** The page of help. */
export const USAGE = `Usage: node dist/main.js [--platform express|fastify] [--port 3000]

  --platform   the HTTP server under Nest: express (unless given) or fastify
  --port       the port; before that of PORT. 0, or neither: any free one
  --help       this text

From the environment: DEMO_SETTINGS (a file with Django's settings as JSON), DEMO_SENTINELS (host:port,host:port),
DEMO_BACKEND=locmem (no Redis), HOST (the address to listen on; 127.0.0.1 unless given), DEMO_HOST (the name it is called by),
DEMO_SECRET_KEY (the key of logins without DEMO_SETTINGS; unless given a new one at each start, which logs everybody out).`;

/**
 * `--platform` and `--port` (or PORT); loopback unless HOST says otherwise, under the name DEMO_HOST too.
 * Throws StartError.
 */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const values = readFlags(args);
  return {
    platform: toPlatform(values.platform ?? 'express'),
    host: env.HOST || '127.0.0.1',
    hostName: env.DEMO_HOST || env.HOST || '',
    port: values.port === undefined ? toPort('PORT', env.PORT || '0') : toPort('--port', values.port),
    help: values.help ?? false,
  };
}

interface Flags {
  readonly platform?: string | undefined;
  readonly port?: string | undefined;
  readonly help?: boolean | undefined;
}

function readFlags(args: readonly string[]): Flags {
  const options = { platform: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${USAGE}`);
  }
}

function toPlatform(text: string): Platform {
  if (text === 'express' || text === 'fastify') return text;
  throw new StartError(`--platform: expected express or fastify, got ${text}.\n${USAGE}`);
}

function toPort(where: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new StartError(`${where}: expected a number from 0 (any free one) to 65535, got ${text}.\n${USAGE}`);
}
