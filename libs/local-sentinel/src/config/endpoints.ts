import type { Directive } from './config-file.js';
import { freePorts, LOOPBACK } from '../process/free-ports.js';
import { NodeProxy } from '../network/node-proxy.js';
import type { ProxyNetwork } from '../network/proxy-network.js';

/** Where somebody listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Every address of one node. */
export interface Endpoint {
  readonly name: string;
  /** Where the server listens, in the clear. */
  readonly ownPort: number;
  /** Where the server listens for TLS. */
  readonly tlsPort: number | undefined;
  /** What the node says of itself, and what the other nodes dial. */
  readonly announced: Address;
  /** What clients dial. */
  readonly clientAddress: Address;
  /** From where the node dials; undefined if that does not matter. */
  readonly source: string | undefined;
  readonly proxy: NodeProxy | undefined;
}

/** A node that needs an endpoint. */
export interface EndpointRequest {
  readonly name: string;
  readonly tls: boolean;
}

/** How all nodes of a topology are reached. */
export interface EndpointPlan {
  /** Undefined: without proxies. */
  readonly network: ProxyNetwork | undefined;
  readonly nat: boolean;
}

async function takeEndpoint(
  request: EndpointRequest,
  ports: readonly number[],
  { network, nat }: EndpointPlan,
): Promise<Endpoint> {
  const { name } = request;
  const [ownPort = 0, announcedPort = ownPort, secondPort = 0, thirdPort = 0] = ports;
  const own: Address = { host: LOOPBACK, port: ownPort };
  if (!network) {
    return { name, ownPort, tlsPort: undefined, announced: own, clientAddress: own, source: undefined, proxy: undefined };
  }
  const tlsPort = request.tls ? secondPort : undefined;
  const outsidePort = nat ? thirdPort : undefined;
  const source = network.sourceOf(name);
  const proxy = await NodeProxy.listen({
    name,
    port: announcedPort,
    outsidePort,
    nodePort: ownPort,
    clientPort: tlsPort ?? ownPort,
    network,
  });
  const announced: Address = { host: LOOPBACK, port: announcedPort };
  const clientAddress: Address = { host: LOOPBACK, port: outsidePort ?? announcedPort };
  return { name, ownPort, tlsPort, announced, clientAddress, source, proxy };
}

/**
 * Takes free ports for every node; its proxy listens already when it resolves, if there are to be proxies.
 */
export async function takeEndpoints(requests: readonly EndpointRequest[], plan: EndpointPlan): Promise<Endpoint[]> {
  const each = plan.network ? 4 : 1;
  const ports = await freePorts(requests.length * each);
  return Promise.all(
    requests.map((request, index) => takeEndpoint(request, ports.slice(index * each, (index + 1) * each), plan)),
  );
}

/** Returns the directives by which a node announces where it is, and dials from where it should. */
export function endpointDirectives(endpoint: Endpoint, kind: 'replica' | 'sentinel'): Directive[] {
  if (!endpoint.proxy) return [];
  const { host, port } = endpoint.announced;
  const announce: Directive[] =
    kind === 'replica'
      ? [
          ['replica-announce-ip', host],
          ['replica-announce-port', port],
        ]
      : [
          ['sentinel', 'announce-ip', host],
          ['sentinel', 'announce-port', port],
        ];
  return endpoint.source === undefined ? announce : [...announce, ['bind-source-addr', endpoint.source]];
}
