import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type DjangoSettings, SentinelCacheModule } from 'nestjs-sentinel-cache';
import { LogLines } from './log-lines.js';

export interface Booted {
  readonly app: INestApplication;
  readonly log: LogLines;
}

const open = new Set<INestApplication>();

/** An application of these modules, initialised; `closeAll` ends it when the test does not. */
export async function boot(imports: NonNullable<ModuleMetadata['imports']>, more: ModuleMetadata = {}): Promise<Booted> {
  const log = new LogLines();
  const testing = await Test.createTestingModule({ ...more, imports })
    .setLogger(log)
    .compile();
  const app = testing.createNestApplication();
  open.add(app);
  await app.init();
  return { app, log };
}

export async function bootWith(settings: DjangoSettings): Promise<Booted> {
  return boot([SentinelCacheModule.forRoot(settings) as DynamicModule]);
}

export async function closeAll(): Promise<void> {
  const apps = [...open];
  open.clear();
  await Promise.all(apps.map((app) => app.close()));
}
