/** Names and terms that are the same in Chinese. */
const NAMES = new Set(
  [
    'nestjs-sentinel-cache',
    'NestJS',
    'Redis',
    'Django',
    'JavaScript',
    'locmem',
    'English',
    'cookie',
    'switch-master',
    'INCR',
  ].concat(['CachePage', 'nearCache', 'localhost', 'Ada', 'Lovelace', 'ada', 'engine', 'grace', 'compiler']),
);

/** The English words of a text that should be Chinese: what has three letters and is no name. */
export function englishWords(text: string): string[] {
  return (text.match(/[A-Za-z]+(?:-[A-Za-z]+)*/g) ?? []).filter((word) => word.length > 2 && !NAMES.has(word));
}
