/** Names that libraries look at to find out what a value is: a page's body is none of these. */
const DUCK_TYPING: ReadonlySet<string | symbol> = new Set([
  'then',
  'catch',
  'subscribe',
  'schedule',
  'lift',
  'pipe',
  'on',
  'getReader',
  'getStream',
  'toJSON',
]);
/** A list is iterable before it is read; its methods read it when they are called. */
const LIST: object = Array.prototype;
const OPENS_LIST = 0x5b;
const OPENS_OBJECT = 0x7b;

/**
 * Returns the value of a stored body for interceptors that look at it: read as JSON only when one looks into
 * it. What they make of it is not sent.
 */
export function lazyBody(body: Buffer, contentType: string): unknown {
  if (body.length === 0) return undefined;
  if (!/[/+]json\b/i.test(contentType)) return body.toString('utf8');
  const first = body[0];
  if (first !== OPENS_OBJECT && first !== OPENS_LIST) return parsed(body);
  let value: object | undefined;
  const read = (): object => (value ??= objectOf(parsed(body)));
  const looks = <R>(how: (value: object) => R): R => how(read());
  return new Proxy(first === OPENS_LIST ? [] : {}, {
    get: (_, name, receiver) => {
      if (value === undefined && (typeof name === 'symbol' || DUCK_TYPING.has(name)))
        return first === OPENS_LIST ? (Reflect.get(LIST, name) as unknown) : undefined;
      return looks((target) => Reflect.get(target, name, target === receiver ? receiver : target) as unknown);
    },
    has: (_, name) => (typeof name === 'symbol' ? false : looks((target) => Reflect.has(target, name))),
    ownKeys: (target) => looks((read) => copyInto(target, read)),
    getOwnPropertyDescriptor: (target, name) => {
      looks((read) => copyInto(target, read));
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    set: (target, name, given) => looks((read) => (copyInto(target, read), Reflect.set(read, name, given))),
  });
}

/** The rules of proxies want the target to have what they tell. */
function copyInto(target: object, value: object): (string | symbol)[] {
  Object.assign(target, value);
  return Reflect.ownKeys(target);
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** A body that says it is JSON and is not stays text. */
function parsed(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
