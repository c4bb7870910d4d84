import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Directive } from './config-file.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';

const run = promisify(execFile);

/** A throw-away authority and a certificate of it for `localhost` and `127.0.0.1`. */
export interface Certificates {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const REQUEST = `[req]
distinguished_name = name
prompt = no
[name]
CN = local-sentinel
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

/**
 * Makes them in `folder`, good for one day. Rejects with `LOCAL_SENTINEL_OPENSSL_FAILED` if there is no
 * `openssl` program, or it refuses.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const files = { caFile: file('ca.pem'), certificateFile: file('server.pem'), keyFile: file('server.key') };
  const openssl = async (line: string) => run('openssl', line.split(' '), { cwd: folder, timeout: 10_000 });
  try {
    await writeFile(file('request.cnf'), REQUEST);
    for (const name of ['ca', 'server']) await openssl(`ecparam -name prime256v1 -genkey -noout -out ${name}.key`);
    await openssl('req -new -x509 -sha256 -days 1 -config request.cnf -extensions authority -key ca.key -out ca.pem');
    await openssl('req -new -sha256 -config request.cnf -subj /CN=localhost -key server.key -out server.csr');
    await openssl(
      'x509 -req -sha256 -days 1 -in server.csr -CA ca.pem -CAkey ca.key -set_serial 2 -extfile request.cnf -extensions server -out server.pem',
    );
    return { ca: await readFile(files.caFile, 'utf8'), ...files };
  } catch (cause) {
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_OPENSSL_FAILED',
      'tls: expected an openssl program that makes certificates, got a failure of it. Install it (Debian and Ubuntu: apt-get install openssl).',
      { cause },
    );
  }
}

/** Returns the directives of a server that listens for TLS on that port; none without one. */
export function tlsDirectives(port: number | undefined, certificates: Certificates | undefined): Directive[] {
  if (port === undefined || !certificates) return [];
  return [
    ['tls-port', port],
    ['tls-cert-file', certificates.certificateFile],
    ['tls-key-file', certificates.keyFile],
    ['tls-ca-cert-file', certificates.caFile],
    ['tls-auth-clients', 'no'],
  ];
}
