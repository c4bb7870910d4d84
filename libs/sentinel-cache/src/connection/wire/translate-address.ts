import { isHost, parsePort } from '../../settings/locations/parse-host-port.js';
import { addressKey } from '../../settings/topology/read-nat-map.js';
import { addressText } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';
import { permanent, DiagnosisError } from './diagnosis.js';
import type { NatMap } from '../../settings/shapes/cache-options-setting.js';

/** Translates an address that a sentinel or cluster node names to the one that we connect to and compare. */
export type TranslateAddress = (address: TcpAddress) => TcpAddress;

/**
 * Makes the translation of `OPTIONS.natMap`. Each address is translated once, where it is read, so that
 * everything else compares addresses that this host reaches.
 *
 * @throws DiagnosisError from the translation, when the user's function throws or returns no address.
 */
export function translatorOf(natMap: NatMap | undefined): TranslateAddress {
  if (!natMap) return (address) => address;
  if (typeof natMap === 'object') return (address) => natMap[addressKey(address)] ?? address;
  return (address) => {
    const text = addressText(address);
    let answer: unknown;
    try {
      answer = natMap(address.host, address.port);
    } catch (error) {
      throw unusable(`OPTIONS.natMap threw for ${text}: ${(error as Error | undefined)?.message ?? 'no error'}.`);
    }
    if (answer === undefined) return address;
    // An async function by mistake: its rejection must not be unhandled.
    if (answer instanceof Promise) answer.catch(() => undefined);
    const { host, port } = (answer ?? {}) as { host?: unknown; port?: unknown };
    const number = parsePort(port);
    if (isHost(host) && number !== undefined) return { host, port: number };
    throw unusable(
      `OPTIONS.natMap gave no address for ${text}. It has to return { host, port } (no promise), or undefined for no change.`,
    );
  };
}

/** Translates an address; undefined where natMap fails for it, so that the rest of an answer is not lost. */
export function tryTranslate(translate: TranslateAddress, address: TcpAddress): TcpAddress | undefined {
  try {
    return translate(address);
  } catch {
    return undefined;
  }
}

function unusable(message: string): DiagnosisError {
  return new DiagnosisError(permanent('unreadable-address', message));
}
