/** Finds what a file of the libraries exports although nobody imports it. Doors export for users and are left out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const NAMED = /^(?:import|export)(?: type)? \{([^}]*)\} from '(\.[^']+)'/gm;
const INLINE = /import\('(\.[^']+)'\)\.(\w+)/g;
const EXPORT = /^export (?:declare |abstract |async )*(const|function\*?|class|interface|type|enum) (\w+)/gm;

/**
 * One line for each. A type that the file itself uses stays: what uses it is imported, and may be declared with its type.
 *
 * @param files every TypeScript file that may import
 * @param isInner whether a file is one whose exports are for the library alone
 */
export function unusedExports(files, isInner) {
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const imported = new Set([...texts].flatMap(([file, text]) => importsOf(file, text)));
  return [...texts]
    .filter(([file]) => isInner(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(EXPORT)]
        .filter(([, kind, name]) => !imported.has(`${file} ${name}`) && !(isType(kind) && isUsedIn(text, name)))
        .map(([, , name]) => `${file}: ${name}: nobody imports it: drop the export, or the thing`),
    );
}

function importsOf(file, text) {
  const lists = [...text.matchAll(NAMED)].flatMap(([, names, from]) =>
    names.split(',').map((name) => [from, importedName(name)]),
  );
  const inline = [...text.matchAll(INLINE)].map(([, from, name]) => [from, name]);
  return [...lists, ...inline].map(([from, name]) => `${join(file, '..', from).replace(/\.js$/, '.ts')} ${name}`);
}

function importedName(specifier) {
  return specifier
    .trim()
    .replace(/^type /, '')
    .split(' as ')[0];
}

function isType(kind) {
  return kind === 'interface' || kind === 'type';
}

function isUsedIn(text, name) {
  return [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
}
