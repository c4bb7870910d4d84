import { describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { knowClass } from '../copies/known-classes.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { SentinelCacheModule } from './sentinel-cache.module.js';

/** The classes of a second copy of the package. */
class TheirCaches {
  static {
    knowClass(this, 'SentinelCaches');
  }
}
class TheirSessions {
  static {
    knowClass(this, 'Sessions');
  }
}

const CACHES = { default: { BACKEND: 'locmem' } };

function boot(tokens: readonly unknown[]): Promise<TestingModule> {
  const consumer = { provide: 'consumer', inject: [...tokens] as never[], useFactory: (...parts: unknown[]) => parts };
  return Test.createTestingModule({ imports: [SentinelCacheModule.forRoot({ CACHES })], providers: [consumer] }).compile();
}

describe('classes of another copy of the package as tokens', () => {
  it('give what ours give', async () => {
    const app = await boot([TheirCaches]);
    const [caches] = app.get<unknown[]>('consumer');
    expect(caches).toBe(app.get(SentinelCaches));
    expect(caches).toBeInstanceOf(TheirCaches);
    await app.close();
  });

  it('ask for SESSION_ENGINE where something injects their Sessions, and only there', async () => {
    await expect(boot([TheirSessions])).rejects.toThrow(ImproperlyConfiguredError);
    await expect(boot([TheirSessions])).rejects.toThrow('consumer injects Sessions');
    await (await boot([])).close();
  });
});
