import { ConflictException } from '@nestjs/common';

/** There are as many counters as there may be. */
export class CounterLimitException extends ConflictException {
  constructor(most: number) {
    super(`There are ${most} counters, and no more are made. Count on one of those.`);
  }
}
