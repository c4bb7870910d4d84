import { createHash } from 'node:crypto';
import type { ConnectionConfig } from '../settings/shapes/resolved-connection.js';

/**
 * Makes the identity of a connection: the same text for connections that are the same in each respect, in
 * whatever order their settings are written. A hash, since it covers the secrets. (Django's pools go by the
 * URL alone, so that one alias gets the password and timeouts of another.) Two functions (natMap) are the
 * same only when they are one object.
 */
export class ClientIdentities {
  private readonly functions = new Map<unknown, number>();

  /** Returns 64 hexadecimal digits. */
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
