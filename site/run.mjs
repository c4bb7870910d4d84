/**
 * `npm run docs`: installs the site's packages when missing, takes the pages of the repository, draws the API reference from the sources,
 * builds the site into site/dist, and follows each of its links.
 *
 *   --base /somewhere/   the path that the site is served under
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installIn } from '../scripts/install-in.mjs';
import { main, root, run, say, seconds } from '../scripts/run.mjs';
import { setup } from '../scripts/setup.mjs';
import { siteProblems } from './links.mjs';
import { stage } from './stage.mjs';

const here = join(root, 'site');
const bin = (name) => join(here, 'node_modules', '.bin', name);
const LIMIT_MS = 5 * 60_000;

main(async () => {
  const { values } = parseArgs({ options: { base: { type: 'string', default: '/' } } });
  const startedAt = Date.now();
  await setup({ redis: 'none' });
  await installIn(here, "Installing the site's own packages ...");
  stage();
  for (const [command, ...args] of [
    [bin('typedoc'), '--options', join(here, 'typedoc.json')],
    [bin('vitepress'), 'build', '.', '--base', values.base],
  ]) {
    const { code, output, stoppedBecause } = await run(command, args, { cwd: here, timeoutMs: LIMIT_MS, quiet: true });
    if (code !== 0) {
      console.log(`${output.trimEnd()}\nFAILED: ${args.join(' ')}${stoppedBecause ? `: ${stoppedBecause}` : ''}`);
      return 1;
    }
  }
  const problems = siteProblems(join(here, 'dist', 'site'), values.base);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) return 1;
  say(`The site is in site/dist/site (${seconds(startedAt)}). To look at it: npx --prefix site vitepress preview site`);
  return 0;
});
