/** What is done to the servers; gives back when they could be used again, on the clock of `Date.now()`. `faultAt` is `performance.now()`. */
import { setTimeout as pause } from 'node:timers/promises';

const switched = async (recording, after) => (await recording.firstSwitch('mymaster', { after, timeoutMs: 20_000 })).wallMs;

export const FAULTS = {
  'kill -9': {
    inflict: async ({ topology, recording, faultAt }) => {
      await topology.primary.kill();
      return switched(recording, faultAt);
    },
  },
  SIGSTOP: {
    inflict: async ({ topology, recording, faultAt }) => {
      const { primary } = topology;
      await primary.hang();
      return switched(recording, faultAt);
    },
  },
  'host hang': {
    inflict: async ({ topology, recording, faultAt }) => {
      await topology.hangHost([topology.primary, topology.sentinels[0]]);
      return switched(recording, faultAt);
    },
  },
  'packet drop': {
    servers: { proxies: true },
    inflict: async ({ topology, recording, faultAt }) => {
      topology.primary.proxy.mode('blackhole');
      return switched(recording, faultAt);
    },
  },
  'SENTINEL FAILOVER': {
    inflict: async ({ topology, recording, faultAt }) => {
      const moved = topology.failover();
      const from = await switched(recording, faultAt);
      await moved;
      return from;
    },
  },
  'no sentinel, primary restarts': {
    inflict: async ({ topology }) => {
      await Promise.all(topology.sentinels.map((node) => node.kill()));
      await pause(1000);
      await topology.primary.kill();
      await pause(2000);
      await topology.primary.restart();
      return Date.now();
    },
    // Sentinels come back ten seconds after the primary.
    afterwards: async ({ topology }) => {
      await pause(10_000);
      await Promise.all(topology.sentinels.map((node) => node.restart()));
    },
  },
};

/** Everything runs and answers again; what still hung comes back now. */
export async function heal({ topology }, { servers }) {
  if (servers?.proxies) for (const node of topology.nodes) node.proxy.mode('pass');
  for (const node of topology.nodes) if (node.isHung) await node.resume();
  await Promise.all(topology.nodes.filter((node) => !node.isRunning).map((node) => node.restart()));
  await topology.settled();
}
