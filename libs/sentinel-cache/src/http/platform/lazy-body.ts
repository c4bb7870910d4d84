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
  return new Proxy(first === OPENS_LIST ? [] : {}, new LazyValue(body, first === OPENS_LIST));
}

/** Reads the body when somebody looks into it. */
class LazyValue implements ProxyHandler<object> {
  private value: object | undefined;

  constructor(
    private readonly body: Buffer,
    private readonly isList: boolean,
  ) {}

  get(target: object, name: string | symbol, receiver: unknown): unknown {
    if (this.value === undefined && (typeof name === 'symbol' || DUCK_TYPING.has(name)))
      return this.isList ? (Reflect.get(LIST, name) as unknown) : undefined;
    const value = this.read();
    return Reflect.get(value, name, target === receiver ? receiver : value) as unknown;
  }

  has(_target: object, name: string | symbol): boolean {
    return typeof name !== 'symbol' && Reflect.has(this.read(), name);
  }

  ownKeys(target: object): (string | symbol)[] {
    return copyInto(target, this.read());
  }

  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    copyInto(target, this.read());
    return Reflect.getOwnPropertyDescriptor(target, name);
  }

  set(target: object, name: string | symbol, given: unknown): boolean {
    const value = this.read();
    copyInto(target, value);
    return Reflect.set(value, name, given);
  }

  preventExtensions(target: object): boolean {
    copyInto(target, this.read());
    return Reflect.preventExtensions(target);
  }

  private read(): object {
    return (this.value ??= objectOf(parsed(this.body)));
  }
}

/** The rules of proxies want the target to have what they tell. One that is frozen has it already. */
function copyInto(target: object, value: object): (string | symbol)[] {
  if (Object.isExtensible(target)) Object.assign(target, value);
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
