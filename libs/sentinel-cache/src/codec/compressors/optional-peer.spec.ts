import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transformSync, type Options } from '@swc/core';

import { loadPeer, locatePeer, MissingPeerError } from './optional-peer.js';

describe('optional peers', () => {
  it('are loaded by name, and a file of theirs is found', () => {
    expect(typeof loadPeer<{ compressFrameSync: unknown }>('lz4-napi').compressFrameSync).toBe('function');
    expect(locatePeer('@foxglove/wasm-zstd', '/dist/wasm-zstd.wasm')).toContain('wasm-zstd.wasm');
  });

  it('are named when they are missing', () => {
    for (const load of [loadPeer, (name: string) => locatePeer(name, '/x')]) {
      expect(() => load('no-such-package')).toThrow(MissingPeerError);
      expect(() => load('no-such-package')).toThrow('no-such-package');
      expect(() => load('no-such-package')).toThrow(
        expect.objectContaining({ cause: expect.objectContaining({ code: 'MODULE_NOT_FOUND' }) }) as never,
      );
    }
  });
});

describe('optional peers of a program', () => {
  let ground: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(ground, path)), { recursive: true });
    writeFileSync(join(ground, path), text);
  };
  const as = (type: 'commonjs' | 'nodenext'): string => {
    const source = readFileSync(join(import.meta.dirname, 'optional-peer.ts'), 'utf8');
    const options: Options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type } };
    return transformSync(source, options).code;
  };
  const run = (directory: string, ...args: string[]): string =>
    execFileSync(process.execPath, args, { cwd: join(ground, directory), encoding: 'utf8' }).trim();

  beforeAll(() => {
    ground = mkdtempSync(join(realpathSync(tmpdir()), 'optional peers (a) '));
    for (const home of ['library', 'program', 'started']) {
      write(`${home}/node_modules/only-${home}/index.js`, `module.exports = '${home}';`);
      write(`${home}/node_modules/everywhere/index.js`, `module.exports = '${home}';`);
    }
    write('started/node_modules/broken/index.js', `throw new Error('built for another Node');`);
    const ask = `for (const name of process.argv.slice(2)) {
      try { console.log(loadPeer(name)); } catch (error) { console.log(error.constructor.name, error.cause.code ?? error.cause.message); }
    }`;
    write('library/lib/peer.cjs', as('commonjs'));
    write('library/lib/peer.mjs', as('nodenext'));
    write('program/main.cjs', `const { loadPeer } = require('../library/lib/peer.cjs'); ${ask}`);
    write('program/main.mjs', `import { loadPeer } from '../library/lib/peer.mjs'; ${ask}`);
    write('program/bundle.cjs', `${as('commonjs')} ${ask}`);
    write('program/stackless.cjs', `Error.stackTraceLimit = 0; ${as('commonjs')} ${ask}`);
  });
  afterAll(() => rmSync(ground, { recursive: true, force: true }));

  it.each(['cjs', 'mjs'])(
    'are found beside the library, beside the program, and where it was started, in that order (%s)',
    (kind) => {
      const names = ['everywhere', 'only-library', 'only-program', 'only-started'];
      const found = run('started', `../program/main.${kind}`, ...names);
      expect(found.split('\n')).toEqual(['library', 'library', 'program', 'started']);
    },
  );

  it.each(['bundle.cjs', 'stackless.cjs'])('are found beside a bundle, or where it was started (%s)', (file) => {
    const found = run('started', `../program/${file}`, 'everywhere', 'only-program', 'only-started', 'only-library');
    expect(found.split('\n')).toEqual(['program', 'program', 'started', 'MissingPeerError MODULE_NOT_FOUND']);
  });

  it('are found by code that is no file', () => {
    const code = `${as('commonjs')} console.log(module.exports.loadPeer('only-started'));`;
    expect(run('started', '-e', `const module = { exports: {} }; ((exports) => { ${code} })(module.exports)`, 'no/path')).toBe(
      'started',
    );
  });

  it('that are there and do not load say why, whatever the other places say', () => {
    expect(run('started', '../program/main.cjs', 'broken')).toBe('MissingPeerError built for another Node');
  });
});
