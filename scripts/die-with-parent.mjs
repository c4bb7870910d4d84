/** Loaded into the demo by `npm start`: when that one is gone, killed included, the demo goes too, and the settings file with it. */
import { rmSync } from 'node:fs';

process.on('disconnect', () => {
  if (process.env.DEMO_FOLDER) rmSync(process.env.DEMO_FOLDER, { recursive: true, force: true });
  setTimeout(() => process.exit(1), 5000).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref(); // Listening must not keep the demo alive.
