/**
 * `npm run build`: both libraries and the demo, each into its `dist`, and the libraries for CommonJS in `dist/cjs`.
 *
 *   --library libs/sentinel-cache   that one alone, from nothing: what `npm pack` does first
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError, isMain, main, root, run, say } from './run.mjs';
import { setup } from './setup.mjs';

const LIBRARIES = ['libs/local-sentinel', 'libs/sentinel-cache'];
const PROJECTS = [...LIBRARIES, 'apps/demo'];
const LIMIT_MS = 3 * 60_000;

/** The command that builds all ES modules, and only what changed: the compiler knows the order from the projects' references. */
export function buildCommand(projects = PROJECTS) {
  const present = projects.filter((project) => existsSync(join(root, project, 'src')));
  return [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...present];
}

/** All that changed; with a library, that one alone and from nothing, so that nothing stale is packed. */
async function build({ library }) {
  await setup({ redis: 'none' });
  const libraries = library === undefined ? LIBRARIES : [library];
  if (library !== undefined) rmSync(join(root, library, 'dist'), { recursive: true, force: true });
  const [command, ...args] = buildCommand(library === undefined ? PROJECTS : libraries);
  const { code } = await run(command, args, { timeoutMs: LIMIT_MS });
  if (code !== 0) return code;
  // It needs the compiler, which is there only after the setup.
  const { buildCommonJs } = await import('./build-commonjs.mjs');
  for (const folder of libraries) buildCommonJs(join(root, folder));
  if (library === undefined)
    say(`Built, each into its folder dist: ${PROJECTS.join(', ')}. To pack the libraries: node scripts/pack.mjs <folder>`);
  return 0;
}

function readOptions() {
  const { values } = parseArgs({ options: { library: { type: 'string' } } });
  if (values.library === undefined || LIBRARIES.includes(values.library)) return values;
  throw new SetupError(`--library: expected ${LIBRARIES.join(' or ')}, got ${values.library}.`);
}

if (isMain(import.meta.url)) main(async () => build(readOptions()));
