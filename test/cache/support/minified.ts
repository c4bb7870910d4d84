import { transformSync, type Options } from '@swc/core';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { compileFunction } from 'node:vm';

const OPTIONS: Options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: false,
    minify: { compress: { toplevel: true, keep_classnames: false }, mangle: { toplevel: true, keep_classnames: false } },
  },
  module: { type: 'commonjs' },
  minify: true,
};

type Run = (require: (name: string) => unknown, exports: object, module: { exports: object }, filename: string) => void;

/**
 * Loads a file of the library's sources with everything below it as one more copy, in which each module is minified for itself: so webpack
 * and terser do it, and classes of several modules come to have one name.
 */
export function loadMinified<T>(entry: string): T {
  const src = resolve('libs/sentinel-cache/src');
  const known = new Map<string, { exports: object }>();
  const load = (file: string): object => {
    const loaded = known.get(file);
    if (loaded) return loaded.exports;
    const module = { exports: {} };
    known.set(file, module);
    const { code } = transformSync(readFileSync(file, 'utf8'), { ...OPTIONS, filename: file, swcrc: false, configFile: false });
    const outside = createRequire(file);
    const require = (name: string): unknown => {
      const ours = join(dirname(file), name.replace(/\.js$/, '.ts'));
      return name.startsWith('.') && existsSync(ours) ? load(ours) : outside(name);
    };
    const run = compileFunction(code, ['require', 'exports', 'module', '__filename'], { filename: file }) as Run;
    run(require, module.exports, module, file);
    return module.exports;
  };
  return load(join(src, entry)) as T;
}
