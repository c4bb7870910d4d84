/**
 * The watchdog's program, plain CommonJS so that it runs the same from `dist` and from sources that a test
 * runner compiles in memory. It reads process ids (`+pid`, `-pid`) from its standard input; when that ends,
 * because the parent said so or died in whatever way, it kills what is left of the topology, removes the
 * folder and ends. It never kills by id alone: the process must still work inside our folder (Linux), or be a
 * Redis (where there is no /proc).
 */
export const WATCHDOG_SOURCE = `'use strict';
const fs = require('node:fs');
const { spawnSync } = require('node:child_process');
const folder = process.argv[2];
const hasProc = fs.existsSync('/proc/self/cwd');
const told = new Set();
let text = '';
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined); // it ends with its parent, not before

const attempt = (work, otherwise) => { try { return work(); } catch { return otherwise; } };
const isOurs = (pid) => {
  if (!hasProc) return /redis|valkey/.test(spawnSync('ps', ['-o', 'command=', '-p', String(pid)]).stdout || '');
  const cwd = attempt(() => fs.readlinkSync('/proc/' + pid + '/cwd'), '');
  return cwd === folder || cwd.startsWith(folder + '/');
};
const alive = () => {
  const all = hasProc ? fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map(Number) : [...told];
  return all.filter((pid) => pid !== process.pid && isOurs(pid));
};
const clean = (rounds) => {
  const left = alive();
  for (const pid of left) attempt(() => process.kill(pid, 'SIGKILL')); // reaches a stopped process too
  const removed = attempt(() => (fs.rmSync(folder, { recursive: true, force: true }), true), false);
  if ((left.length === 0 && removed) || rounds === 0) process.exit(0);
  setTimeout(clean, 20, rounds - 1);
};

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  text += chunk;
  const lines = text.split('\\n');
  text = lines.pop();
  for (const line of lines) line[0] === '-' ? told.delete(Number(line.slice(1))) : told.add(Number(line.slice(1)));
});
process.stdin.on('error', () => clean(250));
process.stdin.on('end', () => clean(250));
`;
