/** Sets of packages, each installed once and shared by all the consumers in its folder. */

/** What the library is used with here: its peers, and what a user brings along for the doors. */
const common = {
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.1',
  '@fastify/cookie': '11.1.0',
  '@fastify/session': '^11.1.0',
  '@opentelemetry/api': '^1.9.0',
  '@types/express-session': '^1.18.0',
  '@types/express': '^5.0.0',
  '@types/node': '^24.0.0',
  '@types/supertest': '^7.0.0',
  'cache-manager': '^7.2.0',
  cacheable: '^2.0.0',
  'express-session': '^1.18.0',
  'lz4-napi': '^2.9.0',
  'prom-client': '^15.1.0',
  'source-map-support': '^0.5.21',
  supertest: '^7.0.0',
};

const nest = (range, schematics, testing) => ({
  '@nestjs/cli': schematics,
  '@nestjs/schematics': schematics,
  '@nestjs/common': range,
  '@nestjs/core': range,
  '@nestjs/platform-express': range,
  '@nestjs/platform-fastify': range,
  '@nestjs/terminus': range,
  '@nestjs/testing': testing,
});

const jest = { jest: '^30.0.0', 'ts-jest': '^29.2.5', '@types/jest': '^30.0.0' };

const nest11 = {
  ...common,
  ...nest('^11.0.1', '^11.0.0', '^11.0.1'),
  ...jest,
  '@nestjs/cache-manager': '^3.1.3',
  'ts-loader': '^9.5.2',
  'ts-node': '^10.9.2',
  'tsconfig-paths': '^4.2.0',
  typescript: '^5.7.3',
};

const nest12 = {
  ...common,
  ...nest('^12.0.1', '^12.0.0', '^12.0.1'),
  ...jest,
  '@nestjs/cache-manager': '^12.0.0',
  '@vitest/coverage-v8': '^4.1.2',
  typescript: '^6.0.2',
  'vite-tsconfig-paths': '^5.1.4',
  vitest: '^4.1.2',
};

/** Name -> what is installed beside the two libraries. Ranges of the templates are the templates' own. */
export const SETS = {
  'nest-11': nest11,
  'nest-12': nest12,
  'nest-11-keyv-6': { ...nest11, keyv: '^6.0.0' },
  'nest-12-keyv-6': { ...nest12, keyv: '^6.0.0' },
};

/** Of the templates' packages: what formats, lints and deploys, and runs nothing here. */
export const NOT_RUN = /eslint|prettier|oxlint|^globals$|@nestjs\/mau/;

/** Compilers and bundlers, outside of every consumer. */
export const TOOLS = {
  '@vercel/ncc': '^0.45.0',
  esbuild: '^0.28.0',
  'terser-webpack-plugin': '^5.6.0',
  'ts-5.7': 'npm:typescript@~5.7.0',
  'ts-5.9': 'npm:typescript@~5.9.0',
  'ts-6.0': 'npm:typescript@~6.0.0',
  'ts-7.0': 'npm:typescript@~7.0.0',
  webpack: '^5.100.0',
};

export const NODES = ['20', '22', '24', '26'];
