/**
 * Commands that would change or block the shared connection for other callers; each with what to do instead.
 */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...each(
    'The connection is shared: another caller would find itself in another database. Give the cache an alias of its own.',
    'SELECT SWAPDB',
  ),
  ...each(
    'The connection is shared: other callers’ commands would land in the transaction. Write a script (EVAL).',
    'MULTI EXEC DISCARD WATCH UNWATCH',
  ),
  ...each(
    'The connection is shared: it would stop answering. Use a connection of your own.',
    'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR SYNC PSYNC REPLCONF QUIT RESET READONLY READWRITE ASKING',
  ),
  ...each('Credentials and protocol belong to the settings.', 'AUTH HELLO'),
  ...each(
    'It blocks the shared connection, and with it every other caller. Ask without blocking, or use a connection of your own.',
    'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF',
  ),
]);

function each(why: string, names: string): [string, string][] {
  return names.split(' ').map((name) => [name, why]);
}

/** The subcommands that are known to leave the connection as it is. */
const HARMLESS_SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  CLIENT: ['ID', 'INFO', 'LIST', 'GETNAME', 'KILL', 'PAUSE', 'UNPAUSE', 'UNBLOCK', 'GETREDIR', 'TRACKINGINFO', 'HELP'],
  SCRIPT: ['LOAD', 'EXISTS', 'FLUSH', 'KILL', 'HELP'],
};

/** Redis compares names up to a NUL byte: other text could be another command in disguise. */
const NAME = /^[A-Za-z][\w.-]*$/;

/** Explains why a command may not go through the shared connection; undefined when it may. */
export function whyRefused(name: string, args: readonly unknown[]): string | undefined {
  if (!NAME.test(name)) return 'expected the name of a Redis command: letters, digits and . - _';
  const upper = name.toUpperCase();
  const first = String(args[0] ?? '').toUpperCase();
  const harmless = HARMLESS_SUBCOMMANDS[upper];
  if (harmless && !harmless.includes(first)) {
    return `The connection is shared: ${upper} ${first} may change it for other callers. Harmless are ${harmless.join(', ')}.`;
  }
  if ((upper === 'XREAD' || upper === 'XREADGROUP') && args.some((arg) => String(arg).toUpperCase() === 'BLOCK'))
    return REFUSED.get('BLPOP');
  return REFUSED.get(upper);
}
