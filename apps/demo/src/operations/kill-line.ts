import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The shell line that kills this Redis: by its process id where it is a process of this machine, else by its
 * own command. An id alone proves nothing: that of a Redis in a container is another process's out here.
 */
export async function killLine(address: string, info: string): Promise<string> {
  const socket = /^unix:(.+)$/.exec(address)?.[1];
  if (socket) return `redis-cli -s ${socket} --askpass SHUTDOWN NOSAVE`;
  const pid = /^process_id:(\d+)\r?$/m.exec(info)?.[1];
  const { hostname, port } = new URL(`redis://${address}`);
  if (pid && (await commandOf(pid)).includes(`:${port}`)) return `kill -9 ${pid}`;
  return `redis-cli -h ${hostname.replace(/^\[|\]$/g, '')} -p ${port} --askpass SHUTDOWN NOSAVE`;
}

/** How that process was started (Redis names its port there), or nothing. */
async function commandOf(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    const listed = run('ps', ['-o', 'command=', '-p', pid], { timeout: 1000 });
    return listed.then(({ stdout }) => stdout).catch(() => '');
  }
}
