import { parseArgs } from 'node:util';

import { StartError } from './start.error.js';

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
}

const USAGE = 'Usage: node dist/main.js [--platform express|fastify] [--port 3000]';

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
  };
}

function readFlags(args: readonly string[]): { platform?: string | undefined; port?: string | undefined } {
  try {
    return parseArgs({ args: [...args], options: { platform: { type: 'string' }, port: { type: 'string' } } }).values;
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
