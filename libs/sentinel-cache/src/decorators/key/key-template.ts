import { formatKey, hasUtf8 } from '../../keys/format-key.js';
import { tagOfText } from '../../keys/tag-names.js';
import { canonicalText } from './canonical-text.js';

/** What a template is filled with. */
export interface TemplateValues {
  readonly args: readonly unknown[];
  /** What the method returned; undefined before it did. */
  readonly result?: unknown;
  /** The method, as an error names it. */
  readonly label: string;
}

/** The names that a template may use. */
export interface TemplateNames {
  /** Each name, and the positions of the parameters that have it: of one with several, nobody knows. */
  readonly positions: ReadonlyMap<string, readonly number[]>;
  /** The number of parameters; undefined when a call may pass any. */
  readonly count: number | undefined;
  /** The name that stands for all arguments from its position on (`...ids`); undefined without one. */
  readonly rest: string | undefined;
  /** Whether `{result}` is there. */
  readonly hasResult: boolean;
}

/** One of what a template consists of: text, or where a value is found. */
type Part = string | Placeholder;

/** Where a value is found. */
interface Placeholder {
  readonly root: number | 'result';
  /** Whether the value is the list of all arguments from the root on. */
  readonly isRest: boolean;
  readonly path: readonly string[];
  readonly text: string;
}

/** A template, understood. */
export interface Template {
  readonly parts: readonly Part[];
}

const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const PLACEHOLDER = /^([\p{ID_Start}$_][\p{ID_Continue}$]*|\d{1,3})((?:\.[\p{ID_Continue}$]+)*)$/u;

/** Reads a template: `'user:{id}'`, `'{0}:{1.name}'`; `{{` is a brace. Returns text for what is wrong. */
export function readTemplate(text: string, names: TemplateNames): Template | string {
  const parts: Part[] = [];
  let last = 0;
  for (const { 0: sign, 1: placeholder, index } of text.matchAll(PART)) {
    parts.push(text.slice(last, index));
    last = index + sign.length;
    if (sign === '{{' || sign === '}}') parts.push(sign[0]!);
    else if (placeholder === undefined) return `a single ${sign}: write ${sign}${sign} for a brace`;
    else {
      const part = partOf(placeholder, names);
      if (typeof part === 'string') return part;
      parts.push(part);
    }
  }
  parts.push(text.slice(last));
  const joined = withoutEmpty(parts);
  const apart = joined.every((part, i) => typeof part === 'string' || typeof (joined[i + 1] ?? '') === 'string');
  return apart ? { parts: joined } : 'two values side by side: write a character such as : between them';
}

function withoutEmpty(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (typeof part === 'string' && typeof before === 'string') joined[joined.length - 1] = before + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
}

function partOf(placeholder: string, names: TemplateNames): Part | string {
  const [, root, rest] = PLACEHOLDER.exec(placeholder.trim()) ?? [];
  if (root === undefined) return `{${placeholder}}, which is no name, no position and no path such as {0.id}`;
  const found = positionOf(root, names);
  if (typeof found === 'object') return found.wrong;
  return { root: found, isRest: root === names.rest, path: rest!.split('.').slice(1), text: `{${placeholder}}` };
}

/** The position of a parameter, `'result'`, or what is wrong. */
function positionOf(
  root: string,
  { positions, count, hasResult }: TemplateNames,
): number | 'result' | { readonly wrong: string } {
  if (/^\d/.test(root)) {
    const position = Number(root);
    return count === undefined || position < count ? position : { wrong: `{${root}}, where the method has ${counted(count)}` };
  }
  const found = positions.get(root) ?? [];
  if (found.length > 1) return { wrong: `{${root}}, which names the parameters ${found.map((i) => `{${i}}`).join(' and ')}` };
  if (found.length === 0) {
    if (root === 'result' && hasResult) return 'result';
    const known = [...positions.keys()];
    return { wrong: `{${root}}, where the parameters are ${known.length > 0 ? known.join(', ') : 'not known by name'}` };
  }
  // A minifier may have given the name of one parameter to another.
  if (root.length === 1 && count !== 1)
    return { wrong: `{${root}}, a name of one letter, as minifiers give them: write {${found[0]}}` };
  return found[0]!;
}

function counted(count: number): string {
  return count === 1 ? 'one parameter' : `${count === 0 ? 'no' : count} parameters`;
}

/**
 * Fills a template so that calls that differ get keys that differ: `:`, `%`, and the character that follows
 * in the template, are written as `%3A` in a value, and so is what some caches refuse in a key: a NUL, and
 * half a surrogate pair. Text and numbers stand as they are; anything else begins with a `%`, which no text
 * does.
 * Throws InvalidCacheKeyError for what `canonicalText` refuses.
 */
export function fillKey({ parts }: Template, values: TemplateValues): string {
  return parts
    .map((part, i) => {
      if (typeof part === 'string') return part;
      const next = parts[i + 1];
      const reserved = `%:\0${typeof next === 'string' ? String.fromCodePoint(next.codePointAt(0)!) : ''}`;
      const { text, isPlain } = textOf(part, values);
      const isReserved = (character: string): boolean => reserved.includes(character) || !hasUtf8(character);
      return (
        (isPlain ? '' : '%') + text.replaceAll(/./gsu, (character) => (isReserved(character) ? encoded(character) : character))
      );
    })
    .join('');
}

/**
 * Fills a template with the values as they are: of two tags that mean the same by chance, both go. A text
 * that is no tag becomes its digest. Throws as `fillKey`.
 */
export function fillTag(template: Template, values: TemplateValues): string {
  return tagOfText(filled(template, values, (text) => text));
}

/** Fills a template with values as they stand in the path of an address. Throws as `fillKey`. */
export function fillPath(template: Template, values: TemplateValues): string {
  return filled(template, values, (text) => encodeURIComponent(Buffer.from(text).toString()));
}

function filled({ parts }: Template, values: TemplateValues, write: (text: string) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : write(textOf(part, values).text))).join('');
}

function textOf({ root, isRest, path, text }: Placeholder, { args, result, label }: TemplateValues) {
  const start = root === 'result' ? result : isRest ? args.slice(root) : args[root];
  const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], start);
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  if (typeof value === 'string') return { isPlain, text: value };
  return { isPlain, text: isPlain ? formatKey(value) : canonicalText(value, `${label}, ${text}`) };
}

function encoded(character: string): string {
  if (!hasUtf8(character)) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
