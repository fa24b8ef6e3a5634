import { createServer, type RequestListener } from 'node:http';

/** A server of this machine that can be stopped at once. */
export interface Listening {
  readonly url: string;

  /** Stops listening and hangs up on everybody. */
  readonly close: () => Promise<void>;
}

/** Serves on a free port of the loopback interface. */
export function listen(application: RequestListener): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer(application);
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const close = (): Promise<void> =>
        new Promise((ended) => {
          server.close(() => ended());
          server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}
