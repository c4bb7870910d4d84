/** Loaded into the demo by `npm start`: when that one is gone, killed included, the demo goes too, and its servers with it. */
process.on('disconnect', () => {
  setTimeout(() => process.exit(1), 5000).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref(); // Listening must not keep the demo alive.
