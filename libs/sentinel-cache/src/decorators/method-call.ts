import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { CacheKey } from '../keys/format-key.js';
import { fillKey, fillTag, type Template } from './key/key-template.js';

/** One call of a decorated method. */
export interface MethodCall {
  readonly label: string;
  readonly instance: unknown;
  readonly args: readonly unknown[];
  /** What the method returned; undefined before it did. */
  readonly result?: unknown;
}

/** Makes keys of a call. */
export type KeysOf = (call: MethodCall) => readonly CacheKey[];
/** Makes tags of a call. */
export type TagsOf = (call: MethodCall) => readonly string[];

/** A function of the user's: called with the instance as `this`. */
export type OfArguments = (...args: unknown[]) => unknown;

/** Keys of templates. */
export function keysOfTemplates(templates: readonly Template[]): KeysOf {
  return (call) => templates.map((template) => fillKey(template, call));
}

/** Keys that a function returns; the cache itself refuses what is no key. */
export function keysOfFunction(make: OfArguments): KeysOf {
  return (call) => listOf(Reflect.apply(make, call.instance, call.args)) as CacheKey[];
}

/** Tags of templates. */
export function tagsOfTemplates(templates: readonly Template[]): TagsOf {
  return (call) => templates.map((template) => fillTag(template, call));
}

/** Tags that a function returns. */
export function tagsOfFunction(make: OfArguments): TagsOf {
  return (call) => checkedTags(Reflect.apply(make, call.instance, call.args), call.label);
}

/** Throws InvalidArgumentError for what is no tag and no list of them. */
export function checkedTags(value: unknown, label: string): string[] {
  const tags = listOf(value);
  if (tags.every((tag) => typeof tag === 'string' && tag !== '')) return tags as string[];
  throw new InvalidArgumentError(`${label}: expected its function to return tags, got something else. Return ['users'], or [].`);
}

/** One or several; undefined is none. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}
