import { afterLiteral } from './source-text.js';

const PRIVATE_NAME = /^#[\p{ID_Start}$_]/u;

/**
 * Whether a class of an object has private fields or methods (`#amount`): nobody else can read them. Known
 * from the text of its classes; what a compiler has put in their place (a WeakMap) is not seen.
 */
export function hasPrivateFields(value: object): boolean {
  let at = Object.getPrototypeOf(value) as object | null;
  for (let next; at && (next = Object.getPrototypeOf(at) as object | null); at = next) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type === 'function' && namesPrivate(Function.prototype.toString.call(type))) return true;
  }
  return false;
}

function namesPrivate(text: string): boolean {
  // Nearly every class ends here.
  let i = text.indexOf('#') < 0 ? text.length : 0;
  while (i < text.length) {
    if (text[i] === '#' && PRIVATE_NAME.test(text.slice(i, i + 3))) return true;
    i = afterLiteral(text, i) ?? i + 1;
  }
  return false;
}
