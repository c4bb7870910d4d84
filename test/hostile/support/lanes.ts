import type { DjangoSettings } from 'nestjs-sentinel-cache';

import type { HostileReply, Random } from './frames.js';
import { ScriptedServer, type Role } from './scripted-server.js';

/** What every call may take. */
export const DEADLINE_MS = 150;

/** One cache of the child, and the servers that it speaks to. */
export interface Lane {
  readonly alias: string;
  readonly role: Role;
  /** Those that answer with what is hostile. */
  readonly servers: readonly ScriptedServer[];
  /** How many hostile replies were sent. */
  sent: number;
  /** From here on replies are what `make` gives. */
  turnHostile(make: (random: Random, port: number) => HostileReply, random: Random): void;
  /** From here on they are proper again; no connection is ended for that. */
  turnWell(): void;
  stop(): Promise<void>;
}

/** A server of data, a node of a cluster, or three sentinels of one primary. */
export async function startLane(role: Role, ordinal: number): Promise<Lane> {
  const primary = await ScriptedServer.start(role === 'cluster' ? 'cluster' : 'data');
  const sentinels = role === 'sentinel' ? await Promise.all([1, 2, 3].map(() => ScriptedServer.start('sentinel'))) : [];
  for (const sentinel of sentinels) sentinel.primaryPort = primary.port;
  const servers = role === 'sentinel' ? sentinels : [primary];
  const lane: Lane = {
    alias: `${role}${ordinal}`,
    role,
    servers,
    sent: 0,
    turnHostile: (make, random) => {
      for (const server of servers) {
        server.hostile = () => {
          lane.sent += 1;
          return make(random, server.port);
        };
      }
      // Sentinels are asked often only while there is no primary.
      if (role === 'sentinel') primary.away = true;
      if (role === 'sentinel') primary.hangUp();
    },
    turnWell: () => {
      for (const server of servers) server.hostile = undefined;
      primary.away = false;
    },
    stop: async () => {
      await Promise.all([primary, ...sentinels].map((server) => server.stop()));
    },
  };
  return lane;
}

/** CACHES with an alias for each lane. */
export function settingsOf(lanes: readonly Lane[]): DjangoSettings {
  // Three in flight: a call whose place is never given back is missed at once.
  const OPTIONS = {
    deadline: DEADLINE_MS,
    gate: { inFlightCommands: 3 },
    SERIALIZER: 'django_redis.serializers.json.JSONSerializer',
  };
  const entries = lanes.map(({ alias, role, servers }) => {
    const hosts = servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const location =
      role === 'sentinel' ? `mymaster/${hosts}/0` : role === 'cluster' ? `redis+cluster://${hosts}` : `redis://${hosts}/0`;
    const options = role === 'sentinel' ? { ...OPTIONS, CLIENT_CLASS: 'django_sentinel.SentinelClient' } : OPTIONS;
    return [alias, { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS: options }] as const;
  });
  return { CACHES: { default: entries[0]![1], ...Object.fromEntries(entries) } } as DjangoSettings;
}
