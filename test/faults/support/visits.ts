import { setTimeout as pause } from 'node:timers/promises';

import type { LocalSentinel } from 'local-sentinel';

const EVERY_MS = 20;
const MOST_AT_ONCE = 40;
const PATIENCE_MS = 5000;

interface Visit {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** Comes with the session of the visits before; a stranger gets a new one. */
  readonly known?: boolean;
  readonly accept?: string;
}

const PATHS: readonly Visit[] = [
  { method: 'GET', path: '/products' },
  { method: 'POST', path: '/counters/visits' },
  { method: 'GET', path: '/products/2' },
  { method: 'GET', path: '/counters/visits' },
  { method: 'PUT', path: '/products/1', body: { price: 5 } },
  { method: 'GET', path: '/account', known: true, accept: 'text/html' },
  { method: 'GET', path: '/account', accept: 'text/html' },
  { method: 'GET', path: '/account', accept: 'application/json' },
  { method: 'GET', path: '/account/whoami', known: true },
  { method: 'GET', path: '/health' },
  { method: 'GET', path: '/operations/health' },
  { method: 'GET', path: '/operations/kill-line' },
  { method: 'GET', path: '/metrics' },
];

interface Known {
  readonly primary: string | null;
  readonly sentinels: readonly { readonly connected: boolean; readonly names: string | null }[];
}

/** People on a demo: every path of it in turn, fifty requests a second, whatever the responses are. */
export class Visits {
  answered = 0;
  /** How often it answered what: `GET /products 200`. */
  readonly responses = new Map<string, number>();
  private readonly pending = new Set<Promise<void>>();
  private going = true;
  private cookie = '';
  private readonly walking: Promise<void>;

  constructor(private readonly url: string) {
    this.walking = this.walk();
  }

  async end(): Promise<void> {
    this.going = false;
    await this.walking;
    await Promise.all(this.pending);
  }

  /** What it knows of Redis; it asks nobody for that. */
  async topology(): Promise<Known> {
    const response = await fetch(`${this.url}/operations/topology`);
    return (await response.json()) as Known;
  }

  /** A write goes through, on the primary that the servers have, and every sentinel is heard to name that. */
  async isWhole(topology: LocalSentinel): Promise<boolean> {
    const { primary, sentinels } = await this.topology();
    const { address } = topology.primary;
    const agreed = primary === address && sentinels.every(({ connected, names }) => connected && names === address);
    return agreed && (await fetch(`${this.url}/operations/health`)).status === 200;
  }

  private async walk(): Promise<void> {
    for (let i = 0; this.going; i += 1, await pause(EVERY_MS)) {
      if (this.pending.size >= MOST_AT_ONCE) continue;
      const visit = this.visit(PATHS[i % PATHS.length]!).finally(() => this.pending.delete(visit));
      this.pending.add(visit);
    }
  }

  private async visit({ method, path, body, known, accept = 'application/json' }: Visit): Promise<void> {
    const headers = {
      accept,
      ...(body ? { 'content-type': 'application/json' } : {}),
      'x-csrftoken': 'visits',
      cookie: `csrftoken=visits${known ? `; ${this.cookie}` : ''}`,
    };
    const sent = body ? { body: JSON.stringify(body) } : {};
    const request = fetch(this.url + path, { method, headers, signal: AbortSignal.timeout(PATIENCE_MS), ...sent });
    const what = await request.then(
      async (response) => {
        await response.arrayBuffer();
        const cookie = response.headers.getSetCookie().find((line) => line.startsWith('sessionid='));
        if (known && cookie) this.cookie = cookie.split(';')[0]!;
        return String(response.status);
      },
      (error: Error) => error.name,
    );
    this.answered += 1;
    const key = `${method} ${path} ${what}`;
    this.responses.set(key, (this.responses.get(key) ?? 0) + 1);
  }
}
