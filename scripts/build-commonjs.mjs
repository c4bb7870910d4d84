/**
 * The CommonJS copy of each library, in `dist/cjs`, for `require`: Jest, and what the compiler makes of `module: commonjs`. It is made of what
 * the compiler has just written: the same code, other imports. `npm test` and `npm start` do without it; a package is never packed without it.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export const COMMONJS = 'cjs';

const OPTIONS = {
  allowJs: true,
  esModuleInterop: true,
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
};

/** Writes `dist/cjs` of a library anew. Its declarations are the same text: the `type` beside them tells for which kind of module they are read. */
export function buildCommonJs(library) {
  const dist = join(library, 'dist');
  const out = join(dist, COMMONJS);
  rmSync(out, { recursive: true, force: true });
  for (const file of filesIn(dist)) {
    const target = join(out, file);
    mkdirSync(dirname(target), { recursive: true });
    if (file.endsWith('.js')) writeFileSync(target, toCommonJs(join(dist, file)));
    else cpSync(join(dist, file), target);
  }
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs", "sideEffects": false }\n');
}

function filesIn(dist) {
  const files = readdirSync(dist, { recursive: true }).filter((file) => /(\.js|\.d\.ts)$/.test(file));
  if (files.length === 0) throw new Error(`${dist} is empty: build the library first.`);
  return files;
}

/** Throws for what CommonJS can't say: it would fail only where it is loaded. */
function toCommonJs(file) {
  const source = readFileSync(file, 'utf8');
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    compilerOptions: OPTIONS,
    fileName: file,
    reportDiagnostics: true,
  });
  const problems = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  if (/\bimport\.meta\b/.test(outputText)) problems.push('import.meta: CommonJS has none.');
  if (problems.length > 0) throw new Error(`${file}: ${problems.join(' ')}`);
  return outputText;
}
