import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { isOutage, OPERATIONS, SentinelCaches, SentinelMonitor, type OperationEvent } from 'nestjs-sentinel-cache';
import { tracingChannel } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';
import { Subject, type Subscription } from 'rxjs';

import { RecoveryMeter, type Recovery } from './recovery.js';
import { Sampler, type Sample } from './sampler.js';

const WRITE_EVERY_MS = 50;
const SAMPLE_EVERY_MS = 500;
/** How soon a write is tried again once the connection has moved, and how often. */
const AT_ONCE_MS = 1;
const MOST_TRIES = 500;
/** A minute of samples. */
const REMEMBERED = 120;
/** More writes than a deadline leaves open at once; a bound all the same. */
const MOST_OPEN = 40;

/**
 * Writes twenty times a second while somebody watches, and measures all that the caches of this process do.
 * Counted here and not in the browser, whose queue for six connections would be part of every figure.
 */
@Injectable()
export class Traffic implements OnModuleDestroy {
  readonly samples: Sample[] = [];
  readonly samples$ = new Subject<Sample>();
  readonly recoveries$ = new Subject<Recovery>();
  lastRecovery: Recovery | undefined;
  /** Whether the last write succeeded; undefined before there was one. */
  isWriting: boolean | undefined;
  private readonly sampler = new Sampler();
  private readonly meter = new RecoveryMeter();
  private readonly ends = tracingChannel(OPERATIONS).asyncEnd;
  private readonly listener = (event: unknown): void => this.note(event as OperationEvent);
  private subscription: Subscription | undefined;
  private timers: NodeJS.Timeout[] = [];
  private open = 0;
  private sampledAtMs = 0;

  constructor(
    private readonly caches: SentinelCaches,
    private readonly monitor: SentinelMonitor,
  ) {}

  /** Starts, unless it runs. */
  start(): void {
    if (this.timers.length > 0) return;
    this.ends.subscribe(this.listener);
    this.subscription = this.monitor.events$.subscribe((event) => this.hear(event));
    this.sampledAtMs = performance.now();
    this.timers = [setInterval(() => void this.write(), WRITE_EVERY_MS), setInterval(() => this.sample(), SAMPLE_EVERY_MS)];
    for (const timer of this.timers) timer.unref();
  }

  stop(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    this.ends.unsubscribe(this.listener);
    this.subscription?.unsubscribe();
    this.isWriting = undefined;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private hear(event: MonitorEvent): void {
    this.meter.event(event, performance.now());
    if (event.type === 'moved') void this.writeAtOnce();
  }

  /** So that the figure is that of the library, and not of the fifty milliseconds between two writes. */
  private async writeAtOnce(): Promise<void> {
    this.isWriting = false;
    for (let tries = 0; tries < MOST_TRIES && this.timers.length > 0 && !this.isWriting; tries += 1) {
      await this.write();
      if (!this.isWriting) await pause(AT_ONCE_MS);
    }
  }

  private async write(): Promise<void> {
    if (this.open >= MOST_OPEN) return;
    this.open += 1;
    try {
      await this.caches.strict('default').set('operations:heartbeat', Date.now(), '1m');
      this.isWriting = true;
      const recovery = this.meter.wrote(performance.now());
      if (recovery) this.recovered(recovery);
    } catch {
      // Whatever it was, it was not written; the caches' own log says why.
      this.isWriting = false;
      this.meter.failed();
    } finally {
      this.open -= 1;
    }
  }

  private recovered(recovery: Recovery): void {
    this.lastRecovery = recovery;
    this.recoveries$.next(recovery);
  }

  private note({ outcome, error, durationMs = 0 }: OperationEvent): void {
    if (outcome !== 'error') this.sampler.note(durationMs, false);
    else if (isOutage(error)) this.sampler.note(durationMs, true);
  }

  private sample(): void {
    const nowMs = performance.now();
    const sample = this.sampler.take(Date.now(), nowMs - this.sampledAtMs);
    this.sampledAtMs = nowMs;
    this.samples.push(sample);
    if (this.samples.length > REMEMBERED) this.samples.shift();
    this.samples$.next(sample);
  }
}
