/**
 * `node scripts/pack.mjs <folder>`: both libraries as `npm publish` would send them, packed into that folder. Prints what npm says of them, as
 * JSON. It packs a copy of the sources, as in a fresh clone: what was built here proves nothing, and stays as it is.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const LIBRARIES = ['libs/sentinel-cache', 'libs/local-sentinel'];
const NOT_COPIED = ['node_modules', 'dist', '.git', 'coverage', 'test', 'bench', 'site'];
const LIMIT_MS = 5 * 60_000;

/** Packs both into the folder; gives what npm says of each: `filename`, `files`, sizes. */
export async function pack(folder) {
  await setup({ redis: 'none' });
  const clone = mkdtempSync(join(tmpdir(), 'sentinel-cache-pack-'));
  try {
    cpSync(root, clone, { recursive: true, filter: (path) => path === root || !NOT_COPIED.includes(basename(path)) });
    // A library has a folder of its own for packages that npm could not put beside everybody else's.
    for (const folder of ['.', ...LIBRARIES]) {
      const packages = join(root, folder, 'node_modules');
      if (existsSync(packages)) symlinkSync(packages, join(clone, folder, 'node_modules'));
    }
    const packed = [];
    for (const library of LIBRARIES) packed.push(await packOne(join(clone, library), folder));
    return packed;
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

async function packOne(cwd, folder) {
  const args = ['pack', '--json', '--silent', '--pack-destination', folder];
  const { code, output } = await run('npm', args, { cwd, timeoutMs: LIMIT_MS, quiet: true });
  if (code !== 0) throw new Error(`npm pack in ${cwd}: ${code}\n${output}`);
  return JSON.parse(output)[0];
}

if (isMain(import.meta.url)) {
  main(async () => {
    process.stdout.write(JSON.stringify(await pack(process.argv[2])));
    return 0;
  });
}
