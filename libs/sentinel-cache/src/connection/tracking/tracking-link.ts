import type { ChangeLink } from '../contract/change-feed.js';
import { TRACKING_LIMITS } from '../resp/reply-limits.js';
import { ReplyError } from '../resp/reply.js';
import { redisCodeOf } from '../wire/classify-error.js';
import { DiagnosisError, permanent, transient } from '../wire/diagnosis.js';
import { NodeConnection, type NodeConnectionSetup } from '../wire/node-connection.js';
import { StallTolerantTimer, within } from '../../time/stall-tolerant-timer.js';

/** A question without a reply for this long, while this process runs, ends the link. */
const PATIENCE_MS = 800;

/** Redis does not let this user track changes: a person has to allow it. */
export class TrackingRefusedError extends DiagnosisError {}

/** How one link is opened. */
export interface TrackingLinkPlan {
  readonly setup: NodeConnectionSetup;
  /** The connection to the primary that reads go to. */
  readonly primary: NodeConnection;
  /** Prefixes of keys, none of which begins another one. */
  readonly prefixes: readonly string[];
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
}

/** What a link tells its tracker, and asks of it. */
export interface TrackingLinkListener {
  /** These keys changed; null: any may have. */
  onInvalidate(keys: readonly unknown[] | null): void;
  /** It is gone, and tells nothing any more. */
  onLost(link: TrackingLink): void;
  /** The connection that reads go to at this moment. */
  inUse(): NodeConnection | undefined;
}

/**
 * A connection of its own to the primary that reads go to (RESP3), on which Redis says which keys change
 * (`CLIENT TRACKING ON BCAST`). Never reconnects.
 */
export class TrackingLink implements ChangeLink {
  private isLost = false;
  /** When it was armed, on the clock of `performance.now()`. */
  readonly armedAtMs: number;
  private isAsking = false;
  private readonly patience = new StallTolerantTimer(PATIENCE_MS, () => this.close());

  private constructor(
    private readonly connection: NodeConnection,
    readonly primary: NodeConnection,
    private readonly listener: TrackingLinkListener,
    public toldUntilMs: number,
  ) {
    this.armedAtMs = toldUntilMs;
    connection.onInvalidate((keys) => listener.onInvalidate(keys));
    connection.onClose(() => this.onClosed());
  }

  /**
   * Opens a link and arms it. Rejects with TrackingRefusedError when Redis refuses CLIENT TRACKING, otherwise
   * with DiagnosisError.
   */
  static async open(
    { setup, primary, prefixes, signal }: TrackingLinkPlan,
    listener: TrackingLinkListener,
  ): Promise<TrackingLink> {
    const { label, address } = primary;
    const connection = await NodeConnection.open({ ...setup, protocol: 3, limits: TRACKING_LIMITS }, address, signal);
    const abort = (): void => connection.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const late = (): Error =>
      new DiagnosisError(transient('no-primary', `${label} gave no answer on the link for changed keys.`));
    try {
      signal.throwIfAborted();
      const armedAtMs = performance.now();
      await within(setup.config.connectDeadlineMs, arm(connection, primary, prefixes), late);
      return new TrackingLink(connection, primary, listener, armedAtMs);
    } catch (error) {
      connection.destroy();
      throw diagnosed(error, label);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get isOpen(): boolean {
    return !this.isLost;
  }

  get isCurrent(): boolean {
    return !this.isLost && this.listener.inUse() === this.primary;
  }

  /**
   * Asks for a sign of life. The reply comes behind every change that was told before it. One that does not
   * come within 800 ms, in which this process ran, ends the link.
   */
  beat(): void {
    if (this.isAsking || !this.connection.isOpen) return;
    const askedAtMs = performance.now();
    this.isAsking = true;
    this.patience.start();
    this.connection.ask('PING', []).then(
      () => {
        this.isAsking = false;
        this.patience.stop();
        this.toldUntilMs = askedAtMs;
      },
      () => this.close(),
    );
  }

  /** Ends it now; tells the listener, once. */
  close(): void {
    this.connection.destroy();
  }

  private onClosed(): void {
    this.isLost = true;
    this.patience.stop();
    this.listener.onLost(this);
  }
}

/** Arms, and proves that the link leads to the node that the reads go to. */
async function arm(connection: NodeConnection, primary: NodeConnection, prefixes: readonly string[]): Promise<void> {
  const tracking = ['TRACKING', 'ON', 'BCAST', ...prefixes.flatMap((prefix) => ['PREFIX', prefix])];
  const [, ours, theirs] = await Promise.all([connection.ask('CLIENT', tracking), runIdOf(connection), runIdOf(primary)]);
  if (ours === theirs) return;
  throw new DiagnosisError(transient('no-primary', `${primary.label} led to another server than the connection for reads.`));
}

/** Undefined where an ACL forbids to ask: then the address has to do. */
async function runIdOf(connection: NodeConnection): Promise<string | undefined> {
  try {
    return /^run_id:(\w{1,80})/m.exec(String(await connection.ask('INFO', ['server'])))?.[1];
  } catch (error) {
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

function diagnosed(error: unknown, label: string): DiagnosisError {
  if (error instanceof DiagnosisError) return error;
  if (error instanceof ReplyError && /^(NOPERM|ERR unknown)/.test(error.message))
    return new TrackingRefusedError(permanent('auth', `${label} refuses CLIENT TRACKING (${redisCodeOf(error.message)}).`));
  return new DiagnosisError(transient('no-primary', `${label} could not be asked for changed keys: ${(error as Error).message}`));
}
