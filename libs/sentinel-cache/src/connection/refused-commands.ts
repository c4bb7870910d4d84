/**
 * Commands that would change or block the shared connection for everyone else; each with what to do instead.
 * They are refused before anything is sent.
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
    'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR SYNC PSYNC REPLCONF QUIT RESET',
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

/** Why this command may not go through the shared connection; undefined when it may. */
export function whyRefused(name: string, args: readonly unknown[]): string | undefined {
  const upper = name.toUpperCase();
  const first = String(args[0] ?? '').toUpperCase();
  if (upper === 'CLIENT' && ['REPLY', 'TRACKING', 'CACHING', 'SETNAME', 'NO-EVICT', 'NO-TOUCH'].includes(first)) {
    return `The connection is shared: CLIENT ${first} would change it for other callers.`;
  }
  if ((upper === 'XREAD' || upper === 'XREADGROUP') && args.some((arg) => String(arg).toUpperCase() === 'BLOCK'))
    return REFUSED.get('BLPOP');
  return REFUSED.get(upper);
}
