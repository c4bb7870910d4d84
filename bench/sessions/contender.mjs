/** Starting a contender, and the Redis that all of them share. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

/** A running contender. */
export async function startContender(name, redisUrl) {
  const child = fork(SERVER, [name, redisUrl], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const exited = once(child, 'exit');
  const [message] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`${name}: exit ${code}`))),
  ]);
  return {
    name,
    origin: `http://127.0.0.1:${message.port}`,
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** A visitor who has logged in: his cookie. */
export async function login(origin) {
  const response = await fetch(`${origin}/login`);
  if (!response.ok) throw new Error(`${origin}/login: ${response.status}`);
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

/** A Redis of our own, gone at the end. */
export async function startRedis() {
  const { startLocalRedis } = await import(new URL('../../libs/local-sentinel/dist/index.js', import.meta.url).href);
  return startLocalRedis();
}
