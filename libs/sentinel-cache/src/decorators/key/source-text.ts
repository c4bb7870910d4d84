const OPEN = '([{';
const CLOSE = ')]}';

/** Returns the position after the comment, literal or group that begins here; else after one character. */
export function afterToken(text: string, i: number): number {
  return OPEN.includes(text[i]!) ? afterGroup(text, i) : (afterLiteral(text, i) ?? i + 1);
}

/** Returns the position after a group in brackets of any kind. */
export function afterGroup(text: string, from: number): number {
  let i = from + 1;
  while (i < text.length && !CLOSE.includes(text[i]!)) i = afterToken(text, i);
  return i + 1;
}

/** Returns the position after a comment, string, template or regular expression; undefined without one. */
export function afterLiteral(text: string, i: number): number | undefined {
  if (text.startsWith('//', i)) return after(text, '\n', i);
  if (text.startsWith('/*', i)) return after(text, '*/', i + 2);
  const quote = text[i];
  if (quote === '/' && isRegex(text, i)) return afterQuoted(text, i, '/');
  return quote === "'" || quote === '"' || quote === '`' ? afterQuoted(text, i, quote) : undefined;
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found + end.length;
}

function afterQuoted(text: string, from: number, quote: string): number {
  let i = from + 1;
  while (i < text.length && text[i] !== quote) {
    if (text[i] === '\\') i += 2;
    else if (quote === '`' && text.startsWith('${', i)) i = afterGroup(text, i + 1);
    else if (quote === '/' && text[i] === '[') i = afterQuoted(text, i, ']');
    else i++;
  }
  return i + 1;
}

/** A slash after an operator or an opening bracket begins a regular expression; after a value it divides. */
function isRegex(text: string, i: number): boolean {
  return /[=(,:?[{&|!+\-*%<>~^]\s*$/.test(text.slice(0, i));
}
