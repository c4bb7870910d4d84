import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a command to its end, in a process group of its own, so that nothing of it survives its time limit or a Ctrl-C.
 * Resolves always: `code` is 0 when it succeeded; `output` is what it wrote when `quiet`, else it goes to the terminal.
 * `onMessage` hears what a Node process sends to its parent.
 */
export function run(command, args, { timeoutMs, quiet = false, env = {}, cwd = root, watch, onMessage } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit', ...(onMessage ? ['ipc'] : [])],
      env: { ...process.env, ...env },
    });
    let output = '';
    let stoppedBecause;
    let killTimer;
    const stop = (because, signal = 'SIGTERM') => {
      stoppedBecause ??= because;
      signalGroup(child, signal);
      killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
    };
    const limit = setTimeout(() => stop('time limit'), timeoutMs);
    const poll = watch && setInterval(() => watch(stop), 500);
    const forward = (signal) => stop('interrupted', signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    const done = (code, signal) => {
      clearTimeout(limit);
      clearTimeout(killTimer);
      clearInterval(poll);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      if (stoppedBecause) signalGroup(child, 'SIGKILL');
      resolve({ code: stoppedBecause ? code || 1 : (code ?? 1), signal, output, stoppedBecause });
    };
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      output += error.message;
      done(127);
    });
    if (onMessage) child.on('message', onMessage);
    child.on('close', done);
  });
}

function signalGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** What a person has to do something about; its message says what. Shown without a stack. */
export class SetupError extends Error {}

/** Runs a script's main function, whose result is the exit code. */
export function main(start) {
  start().then(
    (code) => (process.exitCode = code ?? 0),
    (error) => {
      console.error(error instanceof SetupError ? `\n${error.message}` : error);
      process.exitCode = 1;
    },
  );
}

/** True in the script that Node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;
}

export function say(line) {
  console.error(line);
}

export function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** What a tool said went wrong, without its stack and without the addresses it talked to. */
export function complaint(output) {
  const lines = output
    .replace(/\b(https?|git|ssh):\/\/[^\s'"]+/g, '(address)')
    .replace(/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|resolve|connect to)\s+'?[^\s']+'?/g, '$1 (host)')
    .split('\n');
  const errors = lines.filter((line) => /^(npm error|E:|Error)/i.test(line));
  return (errors.length > 0 ? errors : lines)
    .filter((line) => !/_logs|complete log|^npm error\s*([{}]|at |\w+: |$)/.test(line) && line.trim() !== '')
    .slice(0, 8)
    .map((line) => `  ${line}`)
    .join('\n');
}
