/** A CPU profile of what a contender does once it is connected: what Node loads at its start would hide it. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';

/** Begins to record; resolves to a function that ends it and writes the file, which DevTools opens. */
export async function startProfile(folder, name) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(join(folder, `${name.replaceAll(/\W+/g, '-')}-${process.pid}.cpuprofile`), JSON.stringify(profile));
  };
}
