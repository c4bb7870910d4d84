const HIDDEN = '***';
const SECRET_NAME = /pass(?:word|wd|phrase|_?code)?$|secret|token|credential|^key$|private/i;
const PRIVATE_KEY = /PRIVATE KEY-----/;
const SECRET_ARGUMENT = /([?&][^=&#]*(?:password|secret|token)[^=&#]*=)[^&#]*/gi;
/** Deeper than any settings are. */
const DEEPEST = 20;

/**
 * A copy of any settings, raw or resolved, that may be printed: passwords, SECRET_KEY and its fallbacks, private keys and the
 * user info of URLs are `***`; functions and class instances are named. Takes cycles; never throws; the original stays as it is.
 */
export function redactSettings(settings: unknown): unknown {
  return redact(settings, new Set(), 0);
}

function redact(value: unknown, above: Set<object>, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function') return value.name === '' ? '[function]' : `[function ${value.name}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (above.has(value) || depth > DEEPEST) return '[circular]';
  above.add(value);
  const copy = redactObject(value, above, depth);
  above.delete(value);
  return copy;
}

function redactObject(value: object, above: Set<object>, depth: number): unknown {
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => redact(item, above, depth + 1));
  const isDict = value instanceof Map || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  if (!isDict) return `[${value.constructor?.name || 'object'}]`;
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of (value instanceof Map ? value : Object.entries(value)) as Iterable<[unknown, unknown]>) {
    const key = typeof name === 'string' ? name : `[${typeof name}]`;
    copy[redactText(key)] = isSecret(key, item) ? HIDDEN : redact(item, above, depth + 1);
  }
  return copy;
}

/** An empty secret is none, and worth knowing; an object below such a name (`sentinelCredentials`) is looked into. */
function isSecret(name: string, item: unknown): boolean {
  if (!SECRET_NAME.test(name) || item === undefined || item === null || item === '') return false;
  return typeof item !== 'object' || Array.isArray(item) || !/credentials$/i.test(name);
}

/** Everything before the last @, whatever the user meant by it: a password that is not percent-encoded may hold any sign. */
function redactText(text: string): string {
  if (PRIVATE_KEY.test(text)) return HIDDEN;
  const at = text.lastIndexOf('@');
  const scheme = /^[a-z+]+:\/\//i.exec(text)?.[0] ?? '';
  const withoutUser = at < 0 ? text : `${scheme}${HIDDEN}${text.slice(at)}`;
  return withoutUser.replace(SECRET_ARGUMENT, `$1${HIDDEN}`);
}
