import { command } from './command/command.ts';

// `npm start | head` closes the pipe early. The run goes on without it, so that no call is left in the middle.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await command(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
});
