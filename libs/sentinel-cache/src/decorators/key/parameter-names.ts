import { afterGroup, afterLiteral, afterToken } from './source-text.js';

/** What the text of a function says of its parameters. */
export interface Parameters {
  /** Their names in order; undefined where one is taken apart (`{ id }`), or could not be read. */
  readonly names: readonly (string | undefined)[];
  /** Whether a call may pass more arguments than these. */
  readonly takesMore: boolean;
  /** The position of the one that holds all arguments from there on (`...ids`); undefined without one. */
  readonly rest?: number;
}

const UNKNOWN: Parameters = Object.freeze({ names: [], takesMore: true });
/** `id => ...` */
const BARE_ARROW = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;
/** What others put in a method's place may name none of its parameters, and pass on all of them. */
const TAKES_ALL = /\barguments\b/;
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u;

/**
 * Reads the names of a function's parameters from its text: all that JavaScript keeps of them. Minifiers
 * change names, decorators put functions of their own in a method's place: then the names that a template
 * asks for are not there, which is an error at boot and never another key.
 */
export function parametersOf(method: Function): Parameters {
  const text = Function.prototype.toString.call(method);
  const bare = BARE_ARROW.exec(text);
  if (bare) return { names: [bare[1]], takesMore: false };
  const from = text.endsWith('{ [native code] }') ? undefined : startOf(text);
  if (from === undefined) return UNKNOWN;
  const read = listAt(text, from);
  return { ...read, takesMore: read.takesMore || TAKES_ALL.test(text) };
}

/** Where the list of parameters begins: behind the name, which may be computed (`['find'](id) {}`). */
function startOf(text: string): number | undefined {
  let i = 0;
  while (i < text.length && text[i] !== '(') {
    if (text[i] === '[') i = afterGroup(text, i);
    else i = afterLiteral(text, i) ?? i + 1;
  }
  return i < text.length ? i : undefined;
}

function listAt(text: string, from: number): Parameters {
  const parts: string[] = [];
  let part = '';
  let i = from + 1;
  while (i < text.length && text[i] !== ')') {
    const next = afterToken(text, i);
    if (text[i] === ',') {
      parts.push(part);
      part = '';
    } else if (!isComment(text, i)) part += text.slice(i, next);
    i = next;
  }
  if (i >= text.length) return UNKNOWN;
  if (part.trim() !== '') parts.push(part);
  const takesMore = parts.at(-1)?.trim().startsWith('...') ?? false;
  return { names: parts.map((item) => nameIn(item)), takesMore, ...(takesMore && { rest: parts.length - 1 }) };
}

function nameIn(part: string): string | undefined {
  return NAME.exec(
    part
      .trim()
      .replace(/^\.\.\./, '')
      .trim(),
  )?.[0];
}

function isComment(text: string, i: number): boolean {
  return text.startsWith('//', i) || text.startsWith('/*', i);
}
