import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

/** A zombie has ended; only whoever adopted it has not looked yet. */
export function isAlive(pid: number): boolean {
  if (!existsSync('/proc')) return attempt(() => process.kill(pid, 0), false);
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '');
  return stat !== '' && stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
}

/** Ids of the processes that work in `folder` or below; where there is no /proc, none. */
export function processesIn(folder: string): number[] {
  if (!existsSync('/proc')) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`), '').startsWith(folder) && isAlive(pid));
}

/** Asks until it is so; says what it waited for when it is not within two minutes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}
