/** `npm run build`: both libraries and the demo, each into its `dist`; only what changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const PROJECTS = ['libs/local-sentinel', 'libs/sentinel-cache', 'apps/demo'];
const LIMIT_MS = 3 * 60_000;

/** The command that builds everything: the compiler knows the order from the projects' references. */
export function buildCommand() {
  const projects = PROJECTS.filter((project) => existsSync(join(root, project, 'src')));
  return [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...projects];
}

if (isMain(import.meta.url)) {
  main(async () => {
    await setup({ redis: 'none' });
    const [command, ...args] = buildCommand();
    return (await run(command, args, { timeoutMs: LIMIT_MS })).code;
  });
}
