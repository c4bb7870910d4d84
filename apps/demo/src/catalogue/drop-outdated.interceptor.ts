import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeMap, type Observable } from 'rxjs';

import { ProductCache } from './product-cache.service.js';
import { ProductDatabase } from './product-database.service.js';
import { keysOf } from './product-keys.js';

/**
 * Stands around CacheInterceptor. A slow read that began before a write ends after it, and CacheInterceptor
 * then stores what the read saw: the old price would be back for 60 s, after the write has cleared the cache.
 * So an answer that a write overtook is deleted again.
 *
 * CacheInterceptor calls `set` and waits for nobody; a turn of the event loop later that command is on its
 * way, and this delete goes out behind it. The revision is this process's, as the products are; with several
 * processes it belongs into the database beside them.
 */
@Injectable()
export class DropOutdatedInterceptor implements NestInterceptor {
  constructor(
    private readonly database: ProductDatabase,
    private readonly cache: ProductCache,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { revision } = this.database;
    const dropIfOutdated = async (answer: unknown): Promise<unknown> => {
      if (this.database.revision !== revision) {
        await nextTurn();
        await this.cache.forget(keysOf(context));
      }
      return answer;
    };
    return next.handle().pipe(mergeMap(dropIfOutdated));
  }
}
