import { printable } from '../../errors/printable.js';
import { ProtocolError } from '../resp/protocol-error.js';
import { permanent, transient, type Diagnosis } from './diagnosis.js';

/** Not executed, and the node is the wrong one to ask: another one may answer. */
const WRONG_NODE = new Set(['READONLY', 'LOADING', 'MASTERDOWN']);

/** Returns the code of an error reply, its first word; `ERR` where there is none. */
export function redisCodeOf(message: string): string {
  return /^[A-Z][A-Z0-9]{0,39}/.exec(message)?.[0] ?? 'ERR';
}

/** Redis' own sentences are shorter. */
const MOST_OF_A_REPLY = 500;

/**
 * What Redis itself says when it executed nothing. A caller's script can reply with a code, but hardly with
 * these words.
 */
const GIVEN_BACK =
  /READONLY You can't write against a read only|^LOADING (Redis|Valkey) is loading|^MASTERDOWN Link with MASTER|^OOM command not allowed|^BUSY (Redis|Valkey) is busy|^NOREPLICAS Not enough|^MISCONF (Redis|Valkey) is configured|^NOSCRIPT No matching|^NOPERM |^NOAUTH |^(MOVED|ASK) \d+ \S*:\d+$|^TRYAGAIN Multiple keys|^CLUSTERDOWN |^CROSSSLOT Keys in request/;

/**
 * Returns an error reply as it may be shown: printable, at most 500 characters, and without the arguments
 * that Redis repeats, which may be passwords and values.
 */
export function withoutArguments(message: string): string {
  return printable(message.replace(/,? with args beginning with:[\s\S]*$/, ''), MOST_OF_A_REPLY);
}

/**
 * Whether an error reply says that the command was not executed and belongs to another node (READONLY,
 * LOADING, MASTERDOWN). `scripted`: a caller's own script may have written before it failed with the same
 * code, so only Redis' own sentences count.
 */
export function isWrongNode(message: string, scripted = false): boolean {
  if (scripted && !GIVEN_BACK.test(message)) return false;
  // A script that Redis refused for its first write reports the inner code behind its own words.
  return WRONG_NODE.has(redisCodeOf(message)) || /-READONLY |\bREADONLY You can't write/.test(message);
}

/** Whether an error reply to a caller's script says that nothing was executed. */
export function failedBeforeExecution(message: string): boolean {
  return GIVEN_BACK.test(message);
}

/**
 * Explains a refused greeting (HELLO, AUTH, SELECT, PING). `label`: the node; `fix`: the setting to check.
 */
export function diagnoseGreeting(message: string, label: string, fix: string, authReason: 'auth' | 'sentinel-auth'): Diagnosis {
  const code = redisCodeOf(message);
  if (code === 'WRONGPASS' || code === 'NOAUTH' || /invalid password|without any password configured/i.test(message)) {
    return permanent(authReason, `${label} refused the credentials (${code}). ${fix}`);
  }
  if (code === 'NOPERM')
    return permanent(authReason, `${label}: this user may not use the commands that are needed (NOPERM). ${fix}`);
  if (code === 'LOADING') return transient('no-primary', `${label} is loading its data.`);
  if (code === 'MASTERDOWN') return transient('no-primary', `${label} is a replica that lost its primary.`);
  if (code === 'BUSY') return transient('no-primary', `${label} is busy with a script.`);
  if (/max number of clients/i.test(message)) return transient('no-primary', `${label} has reached its maxclients.`);
  if (code === 'DENIED')
    return permanent(
      authReason,
      `${label} is in protected mode and refuses this host. Give it a password, or set protected-mode no.`,
    );
  if (/unknown command/i.test(message)) {
    return permanent(
      'unsupported-server',
      `${label} does not know HELLO. The oldest servers that will do are Redis 6.2 and Valkey 7.2. Upgrade the server.`,
    );
  }
  return transient('no-primary', `${label} refused the greeting (${code}).`);
}

/** How a connection failed. */
export interface SocketFailure {
  readonly error: unknown;
  /** The node. */
  readonly label: string;
  /** Whether TLS is on. */
  readonly tls: boolean;
  /** Whether the TCP connection stood. */
  readonly reached: boolean;
}

/** Explains why a socket did not open, or broke before the greeting was answered. */
export function diagnoseSocket({ error, label, tls, reached }: SocketFailure): Diagnosis {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { ...transient('unreadable-address', `${label}: the host name can't be resolved (${code}).`), unreached: true };
  if (isTlsFault(code, message)) {
    return permanent(
      'tls',
      `${label}: TLS failed (${code || message}). Check the certificates and whether the port speaks TLS at all.`,
    );
  }
  if (tls && code === 'ECONNRESET')
    return transient('tls', `${label} closed the connection during the TLS greeting. Does it speak TLS?`);
  if (tls && reached) return silentAtTls(label);
  if (error instanceof ProtocolError)
    return transient('no-primary', `${label} answered, but not in Redis' protocol. Is it another service?`);
  if (reached && (code === '' || code === 'ECONNRESET')) {
    const closed = transient('no-primary', `${label} closed the connection during the greeting. Does this port want TLS?`);
    // A gateway without a server behind it also resets connections.
    return code === '' ? closed : { ...closed, unreached: true };
  }
  return { ...transient('no-primary', `${label} can't be reached (${code || message || 'closed'}).`), unreached: true };
}

function isTlsFault(code: string, message: string): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_OSSL)/.test(code) ||
    /SSL routines|wrong version number/i.test(message)
  );
}

/** Explains that the node accepted the connection and did not answer the TLS greeting in time. */
export function silentAtTls(label: string): Diagnosis {
  return transient('tls', `${label} accepted the connection, but did not answer the TLS greeting: it hangs, or speaks no TLS.`);
}
