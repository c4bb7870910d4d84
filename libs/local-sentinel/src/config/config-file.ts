/**
 * Extra lines of a redis.conf: directive to value, or to several values for a directive that may stand more
 * than once (`user`, `rename-command`).
 */
export type ExtraConfig = Readonly<Record<string, string | readonly string[]>>;

/** One directive with its words; a word that needs it is quoted. */
export type Directive = readonly [name: string, ...words: (string | number)[]];

function quote(word: string | number): string {
  const text = String(word);
  if (/^[\w.:/@%+,=-]+$/.test(text)) return text;
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return `"${escaped}"`;
}

/** Writes ACL users as extra lines, with or without the word `user` in front. */
export function userLines(users: readonly string[]): ExtraConfig {
  return { user: users.map((line) => line.replace(/^user\s+/, '')) };
}

/**
 * Writes the text of a redis.conf or sentinel.conf. The values of `extras` are taken as they are, so that
 * they may hold several words.
 */
export function formatConfig(directives: readonly Directive[], ...extras: readonly ExtraConfig[]): string {
  const lines = directives.map(([name, ...words]) => [name, ...words.map(quote)].join(' '));
  const added = extras
    .flatMap((extra) => Object.entries(extra))
    .flatMap(([name, value]) => [value].flat().map((line) => `${name} ${line === '' ? '""' : line}`));
  return [...lines, ...added, ''].join('\n');
}
