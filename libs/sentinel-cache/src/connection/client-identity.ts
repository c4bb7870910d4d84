import { createHash } from 'node:crypto';

import type { ConnectionConfig } from '../settings/resolved-settings.js';

/**
 * The same text for connections that are the same in every respect, whatever order the settings were written in. Hashed, since it
 * covers the secrets too. Django's pools go by the URL alone, so that one alias gets another's password and timeouts (C-13).
 */
export function clientIdentity(config: ConnectionConfig): string {
  return createHash('sha256').update(canonical(config)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}
