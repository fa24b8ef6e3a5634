import { createServer } from 'node:net';
import { freePort } from './free-port.ts';

test('a free port is none that systems give to outgoing connections, and can be listened on', async () => {
  const port = await freePort();
  const server = createServer();

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  expect(port).toBeGreaterThanOrEqual(10_000);
  expect(port).toBeLessThan(32_768);
  await new Promise((resolve) => server.close(resolve));
});
