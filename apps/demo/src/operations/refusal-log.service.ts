import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CommandRejectedError, isOutage, OPERATIONS, type OperationEvent, type OperationName } from 'nestjs-sentinel-cache';
import { tracingChannel } from 'node:diagnostics_channel';

/**
 * A Redis that is full or alone answers and refuses: no connection changes, so the caches' own log is silent.
 * One line when that begins, and one when what was refused is done again. Listens to Node's channel, as any
 * tool can.
 */
@Injectable()
export class RefusalLog implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('RefusalLog');
  private readonly refused = new Set<OperationName>();
  private readonly ends = tracingChannel(OPERATIONS).asyncEnd;
  private readonly listener = (event: unknown): void => this.note(event as OperationEvent);

  onModuleInit(): void {
    this.ends.subscribe(this.listener);
  }

  onApplicationShutdown(): void {
    this.ends.unsubscribe(this.listener);
  }

  private note({ operation, outcome, error }: OperationEvent): void {
    if (outcome !== 'error') {
      if (!this.refused.has(operation)) return;
      this.refused.clear();
      this.logger.log('Redis does again what it refused.');
    } else if (error instanceof CommandRejectedError && isOutage(error) && operation !== 'command') {
      // Each command is another one: that PING is answered does not say that FLUSHDB would be.
      if (this.refused.size === 0) this.logger.warn(`Redis refuses what it is asked (${error.redisCode}).`);
      this.refused.add(operation);
    }
  }
}
