/** Sources run as they are (no build first), as ES modules, decorators and their metadata included. */
export default {
  testEnvironment: 'node',
  // For what hangs. A test takes as long as the machine needs; five minutes are much even on one that is busy with other work.
  testTimeout: 300_000,
  // Each spec file leaves its modules behind in its worker: a worker that has grown is replaced before it runs out of memory.
  workerIdleMemoryLimit: '1GB',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testRegex: '.*\\.spec\\.ts$',
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-sentinel-cache$': '<rootDir>/libs/sentinel-cache/src/index.ts',
    '^nestjs-sentinel-cache/([a-z0-9-]+)$': '<rootDir>/libs/sentinel-cache/src/$1.ts',
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
