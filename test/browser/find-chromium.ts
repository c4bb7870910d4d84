import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CHROMIUM = '/usr/bin/chromium';
const INSTALL_LIMIT_MS = 5 * 60_000;

/** Debian's Chromium: `CHROMIUM_BIN`, /usr/bin/chromium, or what apt-get installs there. Nothing else is downloaded. */
export async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_BIN;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM_BIN is ${named}: there is no such file. Correct or unset it.`);
  if (named) return named;
  if (!existsSync(CHROMIUM)) await install();
  return CHROMIUM;
}

async function install(): Promise<void> {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const aptGet = async (...args: string[]): Promise<unknown> => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return run(command!, rest, { timeout: INSTALL_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 });
  };
  const installs = ['install', '-y', '--no-install-recommends', 'chromium'];
  try {
    // A fresh image has no package lists.
    await aptGet(...installs).catch(async () => {
      await aptGet('update', '-q');
      await aptGet(...installs);
    });
  } catch (error) {
    throw new Error(
      `There is no ${CHROMIUM}, and \`apt-get install chromium\` did not help. Install Debian's package chromium ` +
        `(sudo apt-get install chromium), or name a Chromium: CHROMIUM_BIN=/path/to/chromium`,
      { cause: error },
    );
  }
  if (!existsSync(CHROMIUM)) throw new Error(`apt-get installed chromium, but there is no ${CHROMIUM}. Set CHROMIUM_BIN.`);
}
