/** One contender in a process of its own: `contender.mjs STANDALONE ioredis '{"url": ...}'`. Each message asks for one task. */
import * as contenders from './contenders.mjs';
import * as tasks from './tasks.mjs';

const [set, name, at] = process.argv.slice(2);
const client = await contenders[set][name](JSON.parse(at));

process.on('message', ({ task, ...details }) => {
  tasks[task](client, details).then(
    (result) => process.send({ result }),
    (error) => process.send({ failed: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));
process.send({ result: 'ready' });
