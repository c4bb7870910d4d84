import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';

import { DRIVERS, loadDrivers } from './support/drivers.js';

const LIMIT_MS = 9 * 60_000;
const DOORS = ['pg', 'mysql2', 'better-sqlite3'];
const snippets = [...readFileSync('docs/session-engines.md', 'utf8').matchAll(/^```typescript\n([\s\S]*?)^```/gm)].map(
  ([, code]) => code!,
);

/** Pools of the drivers' own types; and their transactions, single connections and promises, which will do as well. */
const VARIANTS = `
import type { Client, PoolClient } from 'pg';
import type { Connection, PoolConnection } from 'mysql2/promise';
import { Mysql2SessionRepository } from 'nestjs-sentinel-cache/mysql2';
import { PgSessionRepository, type SessionRepository } from 'nestjs-sentinel-cache/pg';
declare const client: Client, poolClient: PoolClient, connection: Connection, poolConnection: PoolConnection;
export const all: SessionRepository[] = [
  new PgSessionRepository(client), new PgSessionRepository(poolClient),
  new Mysql2SessionRepository(connection), new Mysql2SessionRepository(poolConnection),
];
`;

describe('docs/session-engines.md', () => {
  beforeAll(() => loadDrivers(), LIMIT_MS);

  it('its snippets hold with the types of the real drivers', () => {
    const src = resolve('libs/sentinel-cache/src');
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sql-docs-')));
    try {
      symlinkSync(join(DRIVERS, 'node_modules'), join(folder, 'node_modules'));
      const files = [...snippets, VARIANTS].map((code, i) => {
        const file = join(folder, `snippet-${i}.mts`);
        writeFileSync(file, code);
        return file;
      });
      const { config } = ts.readConfigFile('tsconfig.base.json', (file) => ts.sys.readFile(file)) as { config: object };
      const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve('.'));
      const paths = {
        'nestjs-sentinel-cache': [join(src, 'index.ts')],
        ...Object.fromEntries(DOORS.map((door) => [`nestjs-sentinel-cache/${door}`, [join(src, `${door}.ts`)]])),
      };
      const program = ts.createProgram(files, {
        ...options,
        noEmit: true,
        esModuleInterop: true,
        noUnusedLocals: false,
        typeRoots: [resolve('node_modules/@types')],
        paths,
      });
      const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file && files.includes(file.fileName));
      expect(snippets).toHaveLength(DOORS.length);
      expect(
        problems.map(
          ({ messageText, file }) => `${file!.text.slice(0, 60)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
        ),
      ).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
