import { Logger, type INestApplication } from '@nestjs/common';
import { ImproperlyConfiguredError, SentinelCaches } from 'nestjs-sentinel-cache';
import type { AddressInfo, Server } from 'node:net';

import { readCommandLine, type CommandLine } from './command-line.js';
import { createDemo } from './create-demo.js';
import { readSettings } from './settings/read-settings.js';
import { StartError } from './start.error.js';

const EXIT_LIMIT_MS = 1900;

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});

async function start(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2), process.env);
  const { platform, hostName } = commandLine;
  const app = await createDemo({ platform, hostName, settings: await readSettings(process.env) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(app));
  const url = await listen(app, commandLine);
  if (!app.get(SentinelCaches).topology())
    new Logger('Demo').warn('Running without Redis: the cache is the memory of this process.');
  process.stdout.write(`demo listening on ${url} (${platform})\n`);
  process.send?.({ listening: url });
}

async function listen(app: INestApplication, { host, port }: CommandLine): Promise<string> {
  await app.listen(port, host);
  const address = (app.getHttpServer() as Server).address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : address.address;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${address.port}`;
}

let stopping = false;

/** Ends in good order; at once when asked twice, and in any case in time. */
function stop(app: INestApplication): void {
  if (stopping) process.exit(130);
  stopping = true;
  setTimeout(() => process.exit(1), EXIT_LIMIT_MS).unref();
  app.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${explain(error)}\n`);
      process.exit(1);
    },
  );
}

function explain(error: unknown): string {
  if (error instanceof ImproperlyConfiguredError) return `The settings can't be used.\n${error.message}`;
  if (error instanceof StartError) return error.message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES' ? `The demo can't listen: ${message}.` : (stack ?? String(error));
}
