import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Logger, Module, Optional, UseGuards, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';

import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { Sessions } from '../../session/sessions.js';
import type { DjangoSettings } from '../../settings/shapes/django-settings.js';
import { SentinelCacheModule } from '../sentinel-cache.module.js';

const caches = { CACHES: { default: { BACKEND: 'locmem', LOCATION: 'token-consumers' } } };
const withEngine = { ...caches, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };

@Injectable()
class ByType {
  constructor(readonly sessions: Sessions) {}
}
@Injectable()
class ByToken {
  constructor(@Inject(Sessions) readonly sessions: unknown) {}
}
@Injectable()
class ByProperty {
  @Inject() readonly sessions!: Sessions;
}
@Controller()
class InController {
  constructor(readonly sessions: Sessions) {}
}
@Injectable()
class Guard {
  constructor(readonly sessions: Sessions) {}
  canActivate(): boolean {
    return true;
  }
}
@Controller()
class Guarded {
  @Get() @UseGuards(Guard) get(): void {}
}
@Injectable()
class WithoutToo {
  constructor(
    @Optional() readonly sessions?: Sessions,
    @Optional() @Inject(Sessions) readonly again?: Sessions,
  ) {}
  @Optional() @Inject() readonly property?: Sessions;
}
const factory = (inject: unknown) => ({ provide: 'MADE', inject: [inject as never], useFactory: (given: unknown) => given });

describe('injecting Sessions', () => {
  let open: TestingModule[];
  beforeEach(() => {
    open = [];
    Logger.overrideLogger(false);
  });
  afterEach(async () => {
    Logger.overrideLogger(true);
    for (const module of open) await module.close();
  });
  async function boot(metadata: ModuleMetadata, settings: DjangoSettings = caches): Promise<TestingModule> {
    const imports = [...(metadata.imports ?? []), SentinelCacheModule.forRoot(settings)];
    const testing = await Test.createTestingModule({ ...metadata, imports }).compile();
    open.push(testing);
    return testing;
  }

  it.each<[string, ModuleMetadata]>([
    ['ByType', { providers: [ByType] }],
    ['ByToken', { providers: [ByToken] }],
    ['ByProperty', { providers: [ByProperty] }],
    ['InController', { controllers: [InController] }],
    ['Guard', { controllers: [Guarded] }],
    ['MADE', { providers: [factory(Sessions)] }],
    ['MADE', { providers: [factory({ token: Sessions, optional: false })] }],
    ['MADE', { providers: [{ provide: 'MADE', useExisting: Sessions }] }],
  ])('without SESSION_ENGINE ends the boot, and names %s and the remedy', async (name, metadata) => {
    const error: unknown = await boot(metadata).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    expect((error as Error).message).toContain(`since ${name} injects Sessions`);
    expect((error as Error).message).toContain("Write SESSION_ENGINE: 'django.contrib.sessions.backends.cache'.");
  });

  it('without SESSION_ENGINE ends the boot of forRootAsync too, and of a module elsewhere', async () => {
    @Module({ providers: [ByType] })
    class Elsewhere {}
    const imports = [SentinelCacheModule.forRootAsync({ useFactory: () => caches }), Elsewhere];
    const error: unknown = await Test.createTestingModule({ imports })
      .compile()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
  });

  it('gives the sessions with SESSION_ENGINE', async () => {
    const providers = [ByType, ByToken, ByProperty, Guard, WithoutToo, factory(Sessions)];
    const module = await boot({ providers, controllers: [InController, Guarded] }, withEngine);
    const sessions = module.get(Sessions);
    expect(sessions).toBeInstanceOf(Sessions);
    for (const consumer of [ByType, ByToken, ByProperty, InController]) expect(module.get(consumer).sessions).toBe(sessions);
    expect(module.get('MADE')).toBe(sessions);
    const { sessions: first, again, property } = module.get(WithoutToo);
    expect([first, again, property]).toEqual([sessions, sessions, sessions]);
  });

  it('gives undefined without SESSION_ENGINE to what says that it can do without', async () => {
    const module = await boot({ providers: [WithoutToo, factory({ token: Sessions, optional: true })] });
    const { sessions, again, property } = module.get(WithoutToo);
    expect([sessions, again, property, module.get('MADE')]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('does not blame a module for what another one provides', async () => {
    @Module({ imports: [SentinelCacheModule.forRoot(withEngine, { isGlobal: false })], providers: [ByType] })
    class WithSessions {}
    @Module({ imports: [SentinelCacheModule.forRoot(caches, { isGlobal: false })] })
    class WithoutSessions {}
    const module = await Test.createTestingModule({ imports: [WithSessions, WithoutSessions] }).compile();
    open.push(module);
    expect(module.get(ByType, { strict: false }).sessions).toBeInstanceOf(Sessions);
  });
});
