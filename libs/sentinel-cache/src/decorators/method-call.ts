import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { CacheKey } from '../keys/format-key.js';
import { tagOfText } from '../keys/tag-names.js';
import { fillKey, fillPath, fillTag, type Template } from './key/key-template.js';

/** One call of a decorated method. */
export interface MethodCall {
  readonly label: string;
  /** Whether an interceptor makes plain objects of the instances that it returns, by their classes. */
  readonly isSerialized: boolean;
  readonly instance: unknown;
  readonly args: readonly unknown[];
  /** What the method returned; undefined before it did. */
  readonly result?: unknown;
}

/** What an option of a decorator names: its values have a name each. */
export type Named = 'key' | 'tags' | 'path';

/** Makes what one part of an option names in a call: a template filled, or what a function returns. */
export type NamesOf = (call: MethodCall) => unknown;

/** Makes the key of a call. */
export type KeyOf = (call: MethodCall) => CacheKey;
/** Makes tags of a call. */
export type TagsOf = (call: MethodCall) => readonly string[];

/** A function of the user's: called with the instance as `this`. */
export type OfArguments = (...args: unknown[]) => unknown;

const FILL = { key: fillKey, tags: fillTag, path: fillPath } as const satisfies Record<Named, typeof fillKey>;

/** What a template names. */
export function ofTemplate(named: Named, template: Template): NamesOf {
  return (call) => FILL[named](template, call);
}

/** What a function of the arguments names. */
export function ofFunction(make: OfArguments): NamesOf {
  return (call) => Reflect.apply(make, call.instance, call.args);
}

/** What a function of the result, and of the arguments after it, names. */
export function ofResult(make: OfArguments): NamesOf {
  return (call) => Reflect.apply(make, call.instance, [call.result, ...call.args]);
}

/** The key of one part; the cache itself refuses what is no key, such as a list. */
export function keyOf([part]: readonly NamesOf[]): KeyOf {
  return (call) => part?.(call) as CacheKey;
}

/** Tags of all parts. Throws InvalidArgumentError. */
export function tagsOf(parts: readonly NamesOf[]): TagsOf {
  return (call) => parts.flatMap((part) => listOf(part(call))).map((tag) => tagOf(tag, call));
}

/** Returns the tag of a text. Throws InvalidArgumentError for anything else. */
export function tagOf(value: unknown, { label }: MethodCall): string {
  if (typeof value === 'string') return tagOfText(value);
  throw new InvalidArgumentError(`${label}: expected its function to return tags, got something else. Return ['users'], or [].`);
}

/** Returns a path. Throws InvalidArgumentError for what is none. */
export function pathOf(value: unknown, { label }: MethodCall): string {
  if (typeof value === 'string' && value.startsWith('/')) return value;
  throw new InvalidArgumentError(`${label}: expected its function to return paths, got something else. Return '/catalogue'.`);
}

/** One or several; undefined is none. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}
