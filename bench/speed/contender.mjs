/**
 * One contender in a process of its own: `contender.mjs STANDALONE ioredis '{"url": ...}' [folder]`; with a folder, what it does is profiled into
 * it. Each message asks for one task.
 */
import { SENTINEL, STANDALONE } from './contenders.mjs';
import { startProfile } from './profile.mjs';
import * as tasks from './tasks.mjs';

const CONTENDERS = { STANDALONE, SENTINEL };
const TASKS = { ...tasks };

const [set, name, at, profileFolder] = process.argv.slice(2);
const client = await CONTENDERS[set][name](JSON.parse(at));

const endProfile = profileFolder && (await startProfile(profileFolder, name));

process.on('message', ({ task, ...details }) => {
  TASKS[task](client, details).then(
    (result) => process.send({ result }),
    (error) => process.send({ failed: error.message }),
  );
});
process.once('disconnect', () => {
  void Promise.resolve(endProfile?.()).finally(() => process.exit(0));
});
process.send({ result: 'ready' });
