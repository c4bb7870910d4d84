/** Sources run as they are (no build first), as ES modules, decorators and their metadata included. */
export default {
  testEnvironment: 'node',
  // For what hangs. A test takes as long as the machine needs; five minutes are much even on one that is busy with other work.
  testTimeout: 300_000,
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testRegex: '.*\\.spec\\.ts$',
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-sentinel-cache$': '<rootDir>/libs/sentinel-cache/src/index.ts',
    '^nestjs-sentinel-cache/core$': '<rootDir>/libs/sentinel-cache/src/core.ts',
    '^nestjs-sentinel-cache/express-session$': '<rootDir>/libs/sentinel-cache/src/express-session.ts',
    '^nestjs-sentinel-cache/fastify-session$': '<rootDir>/libs/sentinel-cache/src/fastify-session.ts',
    '^nestjs-sentinel-cache/keyv$': '<rootDir>/libs/sentinel-cache/src/keyv.ts',
    '^nestjs-sentinel-cache/monitor$': '<rootDir>/libs/sentinel-cache/src/monitor.ts',
    '^nestjs-sentinel-cache/opentelemetry$': '<rootDir>/libs/sentinel-cache/src/opentelemetry.ts',
    '^nestjs-sentinel-cache/prometheus$': '<rootDir>/libs/sentinel-cache/src/prometheus.ts',
    '^nestjs-sentinel-cache/structures$': '<rootDir>/libs/sentinel-cache/src/structures.ts',
    '^nestjs-sentinel-cache/terminus$': '<rootDir>/libs/sentinel-cache/src/terminus.ts',
    '^nestjs-sentinel-cache/testing$': '<rootDir>/libs/sentinel-cache/src/testing.ts',
    '^nestjs-sentinel-cache/values$': '<rootDir>/libs/sentinel-cache/src/values.ts',
    '^local-sentinel$': '<rootDir>/libs/local-sentinel/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
};
