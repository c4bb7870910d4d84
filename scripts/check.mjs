/**
 * `npm run check`: format, lint, types, public types, tables, facts, pages, ranks, house rules, unit tests. Every step runs, whatever the others say.
 *
 *   --no-unit   leaves the unit tests out (where `npm test` just ran them)
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildCommand } from './build.mjs';
import { main, root, run, seconds } from './run.mjs';
import { setup } from './setup.mjs';

const LIMIT_MS = 10 * 60_000;
const SOURCES = ['libs', 'apps', 'test'].filter((folder) => existsSync(join(root, folder)));

const bin = (name) => join(root, 'node_modules', '.bin', name);
const node = (...args) => [process.execPath, ...args];

const STEPS = [
  { name: 'format', commands: [[bin('prettier'), '--check', '--log-level=warn', '.']] },
  { name: 'lint', commands: [[bin('oxlint'), '--type-aware', '--quiet']] },
  {
    name: 'types',
    commands: [buildCommand(), node('node_modules/typescript/bin/tsc', '-p', 'test', '--noEmit')],
  },
  // These two ask what was built just now.
  { name: 'public types', commands: [node('scripts/public-types.mjs')] },
  { name: 'tables', commands: [node('scripts/settings-table.mjs'), node('scripts/decision-table.mjs')] },
  { name: 'facts', commands: [node('scripts/facts.mjs')] },
  {
    name: 'pages',
    commands: [
      node('scripts/pages.mjs'),
      node('test/consumers/table.mjs'),
      node('bench/speed/page.mjs'),
      node('scripts/failover-pictures.mjs'),
    ],
  },
  {
    name: 'ranks',
    commands: [[bin('depcruise'), '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', ...SOURCES]],
  },
  { name: 'house rules', commands: [node('scripts/house-rules.mjs')] },
  { name: 'unit tests', unit: true, commands: [node('scripts/test.mjs', '--unit')] },
];

main(async () => {
  const withUnit = !process.argv.includes('--no-unit');
  await setup({ redis: 'none' });
  let failures = 0;
  for (const step of STEPS.filter(({ unit }) => withUnit || !unit)) {
    const { ok, interrupted } = await check(step);
    if (!ok) failures += 1;
    if (interrupted) return 130;
  }
  return failures > 0 ? 1 : 0;
});

async function check({ name, commands }) {
  const startedAt = Date.now();
  for (const [command, ...args] of commands) {
    const { code, output, stoppedBecause } = await run(command, args, { timeoutMs: LIMIT_MS, quiet: true });
    if (code !== 0) {
      console.log(`FAILED ${name}${stoppedBecause ? `: ${stoppedBecause}` : ''} (${seconds(startedAt)})\n${output.trimEnd()}\n`);
      return { ok: false, interrupted: stoppedBecause === 'interrupted' };
    }
  }
  console.log(`ok ${name} (${seconds(startedAt)})`);
  return { ok: true };
}
