/**
 * `npm run build`: both libraries and the demo, each into its `dist`, and the libraries for CommonJS in `dist/cjs`.
 *
 *   --fresh   deletes what was built before, so that nothing stale is packed
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const LIBRARIES = ['libs/local-sentinel', 'libs/sentinel-cache'];
const PROJECTS = [...LIBRARIES, 'apps/demo'];
const LIMIT_MS = 3 * 60_000;

/** The command that builds all ES modules, and only what changed: the compiler knows the order from the projects' references. */
export function buildCommand() {
  const projects = PROJECTS.filter((project) => existsSync(join(root, project, 'src')));
  return [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...projects];
}

async function build({ fresh }) {
  await setup({ redis: 'none' });
  if (fresh) for (const library of LIBRARIES) rmSync(join(root, library, 'dist'), { recursive: true, force: true });
  const [command, ...args] = buildCommand();
  const { code } = await run(command, args, { timeoutMs: LIMIT_MS });
  if (code !== 0) return code;
  // It needs the compiler, which is there only after the setup.
  const { buildCommonJs } = await import('./build-commonjs.mjs');
  for (const library of LIBRARIES) buildCommonJs(join(root, library));
  return 0;
}

if (isMain(import.meta.url)) main(() => build({ fresh: process.argv.includes('--fresh') }));
