import { createHash } from 'node:crypto';

import type { ConnectionConfig } from '../settings/shapes/resolved-settings.js';

/**
 * The same text for connections that are the same in every respect, whatever order the settings were written in. Hashed, since it
 * covers the secrets too. Django's pools go by the URL alone, so that one alias gets another's password and timeouts.
 * A function (natMap) is the same as itself alone: what another one does, nobody can tell.
 */
export class ClientIdentities {
  private readonly functions = new Map<unknown, number>();

  /** The identity of one connection. */
  of(config: ConnectionConfig): string {
    return createHash('sha256').update(this.canonical(config)).digest('hex');
  }

  private canonical(value: unknown): string {
    if (typeof value === 'function') return `function ${this.numberOf(value)}`;
    if (Array.isArray(value)) return `[${value.map((item) => this.canonical(item)).join(',')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${this.canonical(field)}`).join(',')}}`;
  }

  private numberOf(value: unknown): number {
    const number = this.functions.get(value) ?? this.functions.size;
    this.functions.set(value, number);
    return number;
  }
}
