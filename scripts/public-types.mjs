/**
 * The public face of the library, as its emitted declarations show it. Reads what was built just now (`npm run build`).
 *
 * An offence is one line, `door: name: what is missing`: a type that a user meets and cannot import, a name or member without a docstring,
 * a method that returns a promise and names no error, a declaration that does not hold, an internal number in one, a front door that is too
 * wide.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { isMain, root } from './run.mjs';

const LIBRARY = join(root, 'libs', 'sentinel-cache');
const DIST = join(LIBRARY, 'dist');
const FRONT = '.';
const MOST_NAMES = 85;

const ASYNC = ['Promise', 'PromiseLike', 'AsyncIterable', 'AsyncIterator', 'AsyncIterableIterator', 'AsyncGenerator'];
/** An error by its name, or the sibling whose errors are the same. */
const NAMES_ERROR = /\b\w*(?:Error|Exception)\b|\b[Nn]ever rejects\b|\b[Rr]ejects\s+as\s+`\w/;
/** Statement and fault numbers: they mean something in test titles and in the notes behind them, nothing to a reader of the types. */
const INTERNAL_NUMBER = /(?<![\w-])(?:[A-Z]-\d+|[CHLMP] ?\d+(?:\.\d+)?|(?:fault|pain|issue) \d+)(?![\w-])/g;

/** Every offence, each with the source file that it is to be mended in. */
export function offences() {
  const doors = readDoors();
  const program = ts.createProgram(
    doors.map(({ file }) => file),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      types: ['node'],
    },
  );
  const face = new Face(program.getTypeChecker(), doors, program);
  return [...face.offences(), ...brokenTypes(program), ...internalNumbers(), ...tooWide(face)];
}

function readDoors() {
  const { exports } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'));
  const doors = Object.entries(exports).filter(([, target]) => typeof target === 'object');
  return doors.map(([door, target]) => ({ door, file: join(LIBRARY, target.import.types) }));
}

/** What the doors export, and everything that can be reached from there without an import of one's own. */
class Face {
  constructor(checker, doors, program) {
    this.checker = checker;
    this.exports = doors.flatMap(({ door, file }) => this.exportsOf(door, program.getSourceFile(file)));
    this.exported = new Set(this.exports.map(({ symbol }) => symbol));
  }

  exportsOf(door, sourceFile) {
    const module = this.checker.getSymbolAtLocation(sourceFile);
    return this.checker.getExportsOfModule(module).map((symbol) => ({ door, name: symbol.name, symbol: this.resolved(symbol) }));
  }

  resolved(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  *offences() {
    const seen = new Set();
    for (const { door, name, symbol } of this.exports) {
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      for (const offence of this.ofSymbol(symbol, name)) yield { door, ...offence };
    }
  }

  *ofSymbol(symbol, name) {
    yield* this.ofDocs(symbol, name, ours(symbol)[0]);
    for (const declaration of ours(symbol)) yield* this.ofDeclaration(declaration, name, new Set());
  }

  /** The members of a class or an interface, inherited ones too, and the types of everything else. */
  *ofDeclaration(declaration, name, visited) {
    if (visited.has(declaration)) return;
    visited.add(declaration);
    if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) {
      yield* this.ofTypes(declaration, name);
      return;
    }
    for (const parameter of declaration.typeParameters ?? []) yield* this.ofTypes(parameter, name);
    for (const member of declaration.members) yield* this.ofMember(member, name);
    for (const { types } of declaration.heritageClauses ?? [])
      for (const type of types) {
        for (const argument of type.typeArguments ?? []) yield* this.ofTypes(argument, name);
        const base = this.symbolAt(type.expression);
        // An exported one is looked at by itself.
        if (base && !this.exported.has(base))
          for (const inherited of ours(base)) yield* this.ofDeclaration(inherited, name, visited);
      }
  }

  *ofMember(member, owner) {
    if (isPrivate(member)) return;
    const name = member.name ? `${owner}.${member.name.getText()}` : owner;
    const symbol = member.name && this.checker.getSymbolAtLocation(member.name);
    if (symbol && needsDocs(member)) yield* this.ofDocs(symbol, name, member);
    yield* this.ofTypes(member, name);
  }

  *ofDocs(symbol, name, at) {
    if (!at) return;
    const docs = ts.displayPartsToString(symbol.getDocumentationComment(this.checker)).trim();
    if (docs === '') {
      yield { name, missing: 'a docstring', at };
      return;
    }
    if (!this.isAsync(at)) return;
    const tags = symbol.getJsDocTags(this.checker).map(({ text }) => ts.displayPartsToString(text));
    if (!NAMES_ERROR.test([docs, ...tags].join('\n'))) yield { name, missing: 'the errors it rejects with', at };
  }

  isAsync(node) {
    if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node) && !ts.isMethodSignature(node)) return false;
    const type = this.checker.getReturnTypeOfSignature(this.checker.getSignatureFromDeclaration(node));
    return (type.isUnion() ? type.types : [type]).some(({ symbol }) => ASYNC.includes(symbol?.name));
  }

  /** Every type that a declaration names, and the fields of the object types that it writes out. */
  *ofTypes(node, name, isInSignature = false) {
    if (ts.isTypeReferenceNode(node)) yield* this.ofReference(node.typeName, name);
    if (ts.isTypeQueryNode(node)) yield* this.ofReference(node.exprName, name);
    if (ts.isImportTypeNode(node) && node.qualifier) yield* this.ofReference(node.qualifier, name);
    const inSignature = isInSignature || ts.isFunctionLike(node);
    for (const child of childrenOf(node)) {
      const isField = ts.isTypeLiteralNode(node) && child.name !== undefined;
      if (isField && !inSignature) yield* this.ofMember(child, name);
      else yield* this.ofTypes(child, name, inSignature);
    }
  }

  *ofReference(typeName, name) {
    const symbol = this.symbolAt(typeName);
    if (!symbol || symbol.flags & ts.SymbolFlags.TypeParameter || this.exported.has(symbol)) return;
    if (ours(symbol).length > 0) yield { name, missing: `its type ${symbol.name}: no door exports it`, at: typeName };
  }

  symbolAt(node) {
    const symbol = this.checker.getSymbolAtLocation(node);
    return symbol && this.resolved(symbol);
  }
}

/** Where our own declarations of a symbol stand; none for those of other packages and of the language. */
function ours(symbol) {
  return (symbol.declarations ?? []).filter((node) => node.getSourceFile().fileName.startsWith(`${DIST}/`));
}

function isPrivate(member) {
  const isHidden = member.name !== undefined && ts.isPrivateIdentifier(member.name);
  return isHidden || (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
}

/** The language says what a symbol's member does, and the literal of a union's member stands for itself. */
function needsDocs(member) {
  return !ts.isComputedPropertyName(member.name) && !(member.type && ts.isLiteralTypeNode(member.type));
}

function childrenOf(node) {
  const children = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

/** What stripping left behind: a user who checks libraries would see it. */
function* brokenTypes(program) {
  for (const file of program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${DIST}/`)))
    for (const { messageText } of program.getSemanticDiagnostics(file)) {
      const missing = `types that hold: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      yield { door: 'dist', name: relative(DIST, file.fileName), missing, file: file.fileName };
    }
}

function* internalNumbers() {
  for (const name of readdirSync(DIST, { recursive: true })) {
    const file = join(DIST, name);
    // What an earlier build left behind is not shipped.
    if (!name.endsWith('.d.ts') || !existsSync(sourceOf(file))) continue;
    for (const [code] of readFileSync(file, 'utf8').matchAll(INTERNAL_NUMBER))
      yield { door: 'dist', name, missing: `words in place of the internal number '${code}'`, file };
  }
}

function* tooWide({ exports }) {
  const names = exports.filter(({ door }) => door === FRONT);
  if (names.length > MOST_NAMES)
    yield {
      door: FRONT,
      name: `${names.length} names`,
      missing: `a side door for some of them: at most ${MOST_NAMES}`,
      file: join(DIST, 'index.d.ts'),
    };
}

function sourceOf(file) {
  return file.replace(`${DIST}/`, `${LIBRARY}/src/`).replace(/\.d\.ts$/, '.ts');
}

/** The offences, then how many each source file has. */
function report(found) {
  const files = new Map();
  const told = new Set();
  for (const { door, name, missing, at, file } of found) {
    const line = `${door}: ${name}: ${missing}`;
    if (told.has(line)) continue;
    told.add(line);
    console.log(line);
    const source = relative(root, sourceOf(file ?? at.getSourceFile().fileName));
    files.set(source, (files.get(source) ?? 0) + 1);
  }
  if (told.size > 0) console.log(`\n${told.size} offences in ${files.size} files:`);
  for (const source of [...files.keys()].toSorted((a, b) => a.localeCompare(b)))
    console.log(`${String(files.get(source)).padStart(4)} ${source}`);
}

if (isMain(import.meta.url)) {
  const found = offences();
  report(found);
  process.exitCode = found.length > 0 ? 1 : 0;
}
