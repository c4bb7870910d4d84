/** How many calls are looked at to find the one that reads. */
const MOST_FRAMES = 60;
const FRAME = /\(?((?:file:\/\/)?[^()\s][^()]*?):(\d+):\d+\)?$/;
/** Where packages lie, and the name of the last one. */
const PACKAGE = /^.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/;
/** This folder, seen from the root of the library. */
const HERE = /[/\\]http[/\\]watch[/\\][^/\\]+$/;

/** They read for whoever calls them. */
const READ_FOR_OTHERS: ReadonlySet<string> = new Set([
  'accepts',
  'negotiator',
  'type-is',
  'content-type',
  'proxy-addr',
  '@fastify/proxy-addr',
  '@fastify/accept-negotiator',
  '@fastify/accepts',
  'forwarded',
  '@fastify/forwarded',
  'range-parser',
  'fresh',
  'parseurl',
  'cookie',
]);
/**
 * What they read decides where a request goes and how a response is sent, or is kept for the handler to
 * read.
 */
const PLATFORM: ReadonlySet<string> = new Set([
  'express',
  'router',
  'finalhandler',
  'send',
  'serve-static',
  'body-parser',
  'raw-body',
  'fastify',
  'avvio',
  'find-my-way',
  '@fastify/middie',
  '@fastify/cookie',
  '@fastify/cors',
  '@fastify/compress',
  '@fastify/session',
  '@nestjs/core',
  '@nestjs/common',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'cors',
  'compression',
  'on-headers',
  'on-finished',
  'express-session',
  'cookie-parser',
  'cookie-session',
  'method-override',
  'rxjs',
]);
const READS_FOR_OTHERS_FILE = /[/\\](?:express|fastify)[/\\]lib[/\\]request\.js$/;

/**
 * Returns the file and line that reads right now; undefined when it is the platform, or this library
 * itself.
 */
export function readSite(): string | undefined {
  const frames = framesOfStack();
  const root = frames[0]?.file.replace(HERE, '');
  for (const { file, line } of frames) {
    if (file.startsWith('node:') || (root !== undefined && file.startsWith(root) && !file.endsWith('.spec.ts'))) continue;
    const name = PACKAGE.exec(file)?.[1]?.replaceAll('\\', '/');
    if (name === undefined) return `${file}:${line}`;
    if (READ_FOR_OTHERS.has(name) || READS_FOR_OTHERS_FILE.test(file)) continue;
    return PLATFORM.has(name) ? undefined : `${file}:${line}`;
  }
  return undefined;
}

function framesOfStack(): { readonly file: string; readonly line: string }[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  const { stack = '' } = new Error('read');
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split('\n').flatMap((text) => {
    const match = text.startsWith('    at ') ? FRAME.exec(text.slice(7)) : null;
    return match
      ? [
          {
            file: match[1]!
              .replace(/^.* \(/, '')
              .replace(/^async /, '')
              .replace(/^file:\/\//, ''),
            line: match[2]!,
          },
        ]
      : [];
  });
}
