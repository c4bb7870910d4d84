import { Logger, type INestApplication } from '@nestjs/common';
import type { LocalSentinel } from 'local-sentinel';
import { ImproperlyConfiguredError, SentinelCaches } from 'nestjs-sentinel-cache';
import type { AddressInfo, Server } from 'node:net';

import { readCommandLine, StartError, USAGE, type CommandLine } from './command-line.js';
import { createDemo } from './create-demo.js';
import { readSettings } from './settings.js';

const EXIT_LIMIT_MS = 1900;

/** Ends the demo, and the servers under it if they are its own: in good order, and in any case in time. */
class Ending {
  readonly begun = new AbortController();
  app: INestApplication | undefined;
  servers: LocalSentinel | undefined;

  /** At once when asked twice. */
  ask(): void {
    if (this.begun.signal.aborted) process.exit(130);
    this.begun.abort();
    setTimeout(() => process.exit(1), EXIT_LIMIT_MS).unref();
    this.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  }

  private async close(): Promise<void> {
    await this.app?.close();
    await this.servers?.stop();
  }
}

start().catch((error: unknown) => fail(error));

async function start(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2), process.env);
  if (commandLine.help) return void process.stdout.write(`${USAGE}\n`);
  const ending = new Ending();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.ask());
  const servers = (ending.servers = await startServers(process.env, ending.begun.signal));
  const { platform, hostName } = commandLine;
  const settings = await readSettings(process.env, servers?.location('mymaster', 0));
  const app = (ending.app = await createDemo({ platform, hostName, settings, servers }));
  const url = await listen(app, commandLine);
  if (!app.get(SentinelCaches).topology())
    new Logger('Demo').warn('Running without Redis: the cache is the memory of this process.');
  process.stdout.write(`demo listening on ${url} (${platform})\n`);
  const primary = servers && { port: servers.primary.port, pid: servers.primary.pid };
  process.send?.({ listening: url, ...(servers && { location: servers.location('mymaster', 0), primary }) });
}

/** One primary, two replicas and three sentinels, where `npm start` has found a Redis server for them. */
async function startServers({ DEMO_REDIS_SERVER }: NodeJS.ProcessEnv, signal: AbortSignal): Promise<LocalSentinel | undefined> {
  if (!DEMO_REDIS_SERVER) return undefined;
  // For development: an installation for production has no such package.
  const { startLocalSentinel } = await import('local-sentinel');
  const size = { replicas: 2, sentinels: 3, downAfterMs: 1000 };
  return startLocalSentinel({ ...size, password: 'admin', redisServerBin: DEMO_REDIS_SERVER, signal });
}

async function listen(app: INestApplication, { host, port }: CommandLine): Promise<string> {
  await app.listen(port, host);
  const address = (app.getHttpServer() as Server).address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : address.address;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${address.port}`;
}

function fail(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ImproperlyConfiguredError) return `The settings can't be used.\n${error.message}`;
  if (error instanceof StartError) return error.message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `The demo can't listen: ${message}.\nAnother program has that port. End it, or choose another one: --port 0 takes any that is free.`;
  return code === 'EACCES' ? `The demo can't listen: ${message}. Choose a port above 1023.` : (stack ?? String(error));
}
