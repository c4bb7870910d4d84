import { textOf } from '../resp/reply-shape.js';
import { tryTranslate, type TranslateAddress } from '../wire/translate-address.js';
import type { TcpAddress } from '../contract/node-address.js';

/** Where an address was read: the node that was asked, and what natMap makes of what it names. */
export interface ReadAt {
  readonly asked: TcpAddress;
  readonly translate: TranslateAddress;
}

/** Of a name in DNS. */
const LONGEST_HOST = 255;
/** What can stand in no host name or address. */
const NO_HOST = /[\s/@,;[\]\\?#\p{Cc}]/u;

/**
 * An address as a node of a cluster names it, translated. Nothing, null and `?` stand for the host that was asked. Undefined when it is
 * none, or natMap fails for it.
 */
export function readNodeAddress(host: unknown, port: unknown, { asked, translate }: ReadAt): TcpAddress | undefined {
  const name = host === null || host === undefined ? '' : textOf(host);
  const number = Number(textOf(port));
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  if (name === undefined || name.length > LONGEST_HOST) return undefined;
  if (name === '' || name === '?') return { host: asked.host, port: number };
  return NO_HOST.test(name) ? undefined : tryTranslate(translate, { host: name, port: number });
}
