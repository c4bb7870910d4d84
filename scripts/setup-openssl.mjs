/** The openssl program: the tests of TLS make their certificates with it. Found, or installed. */
import { install, onPath } from './programs.mjs';
import { SetupError } from './run.mjs';

/** Whether there is one. */
export function hasOpenssl() {
  return onPath('openssl') !== undefined;
}

/** Installs one. Throws what to do where that can't be done. */
export async function installOpenssl() {
  const find = () => onPath('openssl');
  const { found, because } = await install({ name: 'openssl', packages: { apt: 'openssl', brew: 'openssl' }, find });
  if (!found) throw new SetupError(advice(because));
}

function advice(because) {
  return [
    `No openssl program was found, and ${because}`,
    'The tests of TLS make their certificates with it. Install it:',
    '  Debian, Ubuntu   sudo apt-get install openssl',
    '  Fedora           sudo dnf install openssl',
    '  Alpine           apk add openssl',
    '  macOS            brew install openssl',
  ].join('\n');
}
