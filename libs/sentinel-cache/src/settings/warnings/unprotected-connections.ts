import { childPath } from '../read/describe-value.js';
import type { CacheConfig } from '../shapes/resolved-settings.js';
import type { ConnectionConfig, NodeAddress, TlsConfig } from '../shapes/resolved-connection.js';

const EXPLAINED = 'docs/security.md explains it.';

/** The connections to the data nodes, or those to the sentinels. */
interface ConnectionGroup {
  readonly kind: 'data nodes' | 'sentinels';
  /** The setting that switches their TLS on. */
  readonly setting: string;
  readonly tls: TlsConfig | false;
  readonly hasPassword: boolean;
  readonly hosts: readonly string[];
}

/**
 * Returns a sentence for each thing that leaves a connection open to an attacker on its way: TLS to data
 * nodes or sentinels alone, a certificate that is not checked, a password in plain text to another host. A
 * private network counts as another host: the reader has to judge what is on it.
 */
export function unprotectedConnections(caches: Iterable<CacheConfig>): readonly string[] {
  return [...caches].flatMap((cache) => {
    if (cache.backend !== 'redis' && cache.backend !== 'sharded') return [];
    const connections = cache.backend === 'redis' ? [cache.connection] : cache.shards.map(({ connection }) => connection);
    const name = childPath('CACHES', cache.alias);
    const all = connections.map(groupsOf);
    return [
      ...all.flatMap((groups) => oneGroupOnly(name, groups)),
      ...all.flat().flatMap((group) => unchecked(name, group)),
      ...inPlainText(name, all.flat()),
    ];
  });
}

function groupsOf({ topology, credentials, tls }: ConnectionConfig): readonly ConnectionGroup[] {
  const hosts = hostsOf(topology);
  const setting = 'OPTIONS.CONNECTION_POOL_KWARGS';
  const data: ConnectionGroup = { kind: 'data nodes', setting, tls, hasPassword: credentials.password !== '', hosts };
  if (topology.kind !== 'sentinel') return [data];
  const { sentinelTls, sentinelCredentials } = topology;
  const hasPassword = sentinelCredentials.password !== '';
  return [data, { kind: 'sentinels', setting: 'OPTIONS.SENTINEL_KWARGS', tls: sentinelTls, hasPassword, hosts }];
}

/** The hosts that the settings name. Of data nodes behind sentinels, only the sentinels' hosts are known. */
function hostsOf(topology: ConnectionConfig['topology']): readonly string[] {
  if (topology.kind === 'sentinel') return topology.sentinels.map(({ host }) => host);
  const nodes: readonly NodeAddress[] = topology.kind === 'cluster' ? topology.nodes : [topology.primary, ...topology.replicas];
  return nodes.flatMap((node) => ('path' in node ? [] : [node.host]));
}

function oneGroupOnly(name: string, [data, sentinels]: readonly ConnectionGroup[]): readonly string[] {
  if (!data || !sentinels || Boolean(data.tls) === Boolean(sentinels.tls)) return [];
  const [safe, plain] = data.tls ? [data, sentinels] : [sentinels, data];
  const risk =
    plain === sentinels
      ? 'Anybody who can change what a sentinel says chooses the node that gets the password'
      : 'Passwords and entries go to the data nodes in plain text';
  return [
    `${name}: the connections to the ${safe.kind} have TLS, those to the ${plain.kind} have not. ${risk}. ` +
      `Write ssl: true in ${plain.setting} too. ${EXPLAINED}`,
  ];
}

function unchecked(name: string, { kind, setting, tls }: ConnectionGroup): readonly string[] {
  if (!tls || (tls.rejectUnauthorized && tls.checkHostname)) return [];
  const [what, remedy] = tls.rejectUnauthorized
    ? ['not compared with the host (ssl_check_hostname)', `Write tlsServername in ${setting} where hosts have no names`]
    : ['not checked (ssl_cert_reqs)', `Name your own authority in ssl_ca_certs of ${setting}`];
  return [
    `${name}: the certificate of the ${kind} is ${what}, so that anybody on the way can pass for them. ${remedy}. ${EXPLAINED}`,
  ];
}

function inPlainText(name: string, groups: readonly ConnectionGroup[]): readonly string[] {
  const exposed = groups.filter(({ tls, hasPassword, hosts }) => !tls && hasPassword && !hosts.every(isThisHost));
  if (exposed.length === 0) return [];
  const kinds = [...new Set(exposed.map(({ kind }) => kind))].join(' and the ');
  const settings = [...new Set(exposed.map(({ setting }) => setting))].join(' and ');
  return [
    `${name}: the password for the ${kinds} crosses the network in plain text. ` +
      `Where others can read along, write ssl: true in ${settings}. ${EXPLAINED}`,
  ];
}

/** Whether an address, as written, can't be reached from another host. Names are not resolved. */
function isThisHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name);
}
