import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Above those of well-known services, and below those that systems give to outgoing connections. */
const LOWEST = 10_000;
const HIGHEST = 32_767;

/**
 * A port of the loopback interface on which nobody listens now. No connection that anybody opens takes it in the meantime;
 * somebody else who looks for a free one may.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
