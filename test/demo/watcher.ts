import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

import type { DrillAction } from '../../apps/demo/src/live/drill.js';
import type { ShownNode, ShownNodes } from '../../apps/demo/src/live/nodes.service.js';
import type { Recovery } from '../../apps/demo/src/live/recovery.js';
import type { Sample } from '../../apps/demo/src/live/sampler.js';
import type { RunningDemo } from './running-demo.js';

/** An event of the monitor, or a button that somebody pressed. */
interface Told {
  readonly type?: string;
  readonly action?: DrillAction;
  readonly address?: string | null;
}

interface Hello {
  readonly backend: string;
  readonly platform: string;
  readonly drill: boolean;
  readonly samples: readonly Sample[];
  readonly events: readonly Told[];
  readonly recovery: Recovery | null;
  readonly nodes: ShownNodes;
}

/** A browser that watches the live page. */
export class Watcher {
  readonly messages: { readonly type: string; readonly data: unknown }[] = [];
  ended = false;
  private text = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    response.on('close', () => (this.ended = true));
    // A demo that ends takes its connections with it.
    response.on('error', () => (this.ended = true));
  }

  static open(demo: RunningDemo, headers: Record<string, string> = {}): Promise<Watcher> {
    const { port } = (demo.app.getHttpServer() as Server).address() as AddressInfo;
    const options = { host: '127.0.0.1', port, path: '/operations/events', headers: { accept: 'text/event-stream', ...headers } };
    return new Promise((resolve, reject) => {
      get(options, (response) => resolve(new Watcher(response))).on('error', reject);
    });
  }

  get hello(): Hello | undefined {
    return this.all<Hello>('hello')[0];
  }

  /** What happened to Redis, before and since. */
  get told(): readonly Told[] {
    return [...(this.hello?.events ?? []), ...this.all<Told>('state')];
  }

  get recoveries(): Recovery[] {
    return this.all('recovery');
  }

  get samples(): Sample[] {
    return this.all('sample');
  }

  get drills(): Told[] {
    return this.all('drill');
  }

  /** The picture as it is now. */
  get nodes(): ShownNodes | undefined {
    return this.all<ShownNodes>('nodes').at(-1);
  }

  node(address: string): ShownNode | undefined {
    return this.nodes?.nodes.find((node) => node.address === address);
  }

  /** Whether all six servers are up, in their roles. */
  isWhole(): boolean {
    const { nodes = [], status } = this.nodes ?? {};
    return status === 'up' && nodes.length === 6 && nodes.every(({ state }) => state === 'up');
  }

  types(): (string | undefined)[] {
    return this.told.map(({ type }) => type);
  }

  close(): void {
    this.response.destroy();
  }

  private all<T>(type: string): T[] {
    return this.messages.filter((message) => message.type === type).map(({ data }) => data as T);
  }

  private read(chunk: string): void {
    this.text += chunk;
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data) this.messages.push({ type: /^event: (.*)$/m.exec(block)?.[1] ?? '', data: JSON.parse(data) });
    }
  }
}
