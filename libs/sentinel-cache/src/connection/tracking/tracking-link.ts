import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';
import type { ChangeLink } from '../contract/change-feed.js';
import { TRACKING_LIMITS } from '../resp/reply-limits.js';
import { ReplyError } from '../resp/reply.js';
import { textOf } from '../resp/reply-shape.js';
import { redisCodeOf } from '../wire/classify-error.js';
import { DiagnosisError, permanent, transient } from '../wire/diagnosis.js';
import { helloArguments } from '../wire/greeting.js';
import type { NodeConnection, NodeConnectionSetup } from '../wire/node-connection.js';
import { RespConnection } from '../wire/resp-connection.js';
import { StallTolerantTimer, within } from '../../time/stall-tolerant-timer.js';

/** A question without a reply for this long, while this process runs, ends the link. */
const PATIENCE_MS = 800;

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

/** What a link tells its tracker. */
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
    private readonly connection: RespConnection,
    readonly primary: NodeConnection,
    private readonly listener: TrackingLinkListener,
    public toldUntilMs: number,
  ) {
    this.armedAtMs = toldUntilMs;
    connection.onInvalidate = (keys) => listener.onInvalidate(keys);
    connection.onClose(() => this.onClosed());
  }

  /**
   * Opens a link and arms it. Rejects with DiagnosisError: a permanent one when Redis refuses CLIENT
   * TRACKING.
   */
  static async open(
    { setup, primary, prefixes, signal }: TrackingLinkPlan,
    listener: TrackingLinkListener,
  ): Promise<TrackingLink> {
    const { config, hosts } = setup;
    const { address, label } = primary;
    const connection = new RespConnection({ address, hosts, tls: config.tls, protocol: 3, limits: TRACKING_LIMITS });
    const abort = (): void => connection.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const late = (): Error =>
      new DiagnosisError(transient('no-primary', `${label} gave no answer on the link for changed keys.`));
    try {
      signal.throwIfAborted();
      await within(config.connectDeadlineMs, connection.connect(), late);
      const armedAtMs = performance.now();
      await within(config.connectDeadlineMs, arm(connection, { setup, primary, prefixes }), late);
      return new TrackingLink(connection, primary, listener, armedAtMs);
    } catch (error) {
      connection.destroy();
      throw diagnosed(error, label, address);
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

/** Greets, arms, and proves that the link leads to the node that the reads go to. */
async function arm(connection: RespConnection, plan: Omit<TrackingLinkPlan, 'signal'>): Promise<void> {
  const { setup, primary, prefixes } = plan;
  const { credentials, clientName } = setup.config;
  const tracking = ['TRACKING', 'ON', 'BCAST', ...prefixes.flatMap((prefix) => ['PREFIX', prefix])];
  const [, , ours, theirs] = await Promise.all([
    connection.ask('HELLO', helloArguments(3, credentials, clientName)),
    connection.ask('CLIENT', tracking),
    // An ACL may forbid it. Then the address has to do.
    connection.ask('INFO', ['server']).catch(() => undefined),
    infoOf(primary),
  ]);
  if (runIdOf(ours) === runIdOf(theirs)) return;
  throw new DiagnosisError(transient('no-primary', `${primary.label} led to another server than the connection for reads.`));
}

function infoOf(primary: NodeConnection): Promise<unknown> {
  if (!primary.isOpen) return Promise.reject(new Error('The connection for reads is closed.'));
  return new Promise((resolve, reject) => {
    primary.send('INFO', ['server'], (outcome) => {
      if (outcome.kind === 'reply') resolve(textOf(outcome.value));
      else if (outcome.kind === 'refused') resolve(undefined);
      else reject(new Error('The connection for reads broke.'));
    });
  });
}

function runIdOf(info: unknown): string | undefined {
  return typeof info === 'string' ? /^run_id:(\w{1,80})/m.exec(info)?.[1] : undefined;
}

function diagnosed(error: unknown, label: string, address: NodeAddress): DiagnosisError {
  if (error instanceof DiagnosisError) return error;
  if (error instanceof ReplyError && /^(NOPERM|ERR unknown)/.test(error.message))
    return new DiagnosisError(permanent('auth', `${label} refuses CLIENT TRACKING (${redisCodeOf(error.message)}).`));
  const where = 'path' in address ? 'the socket' : label;
  return new DiagnosisError(transient('no-primary', `${where} could not be asked for changed keys: ${(error as Error).message}`));
}
