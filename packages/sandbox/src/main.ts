import { command } from './command/command.ts';

// `npm start | head` closes the pipe early. The run goes on without it, so that no call is left in the middle.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// `npm start` runs this program below others. They may be killed without a word to us, and then nobody waits for our end.
const end = (): boolean => process.kill(process.pid, 'SIGTERM');
process.once('disconnect', end);
process.channel?.unref();
// It may have happened while this program was loaded; without a channel this is undefined.
if (process.connected === false) end();

process.exitCode = await command(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
});
