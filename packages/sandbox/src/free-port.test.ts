import { createServer } from 'node:net';
import { freePort, onFreePorts } from './free-port.ts';

const taken = new Error('Could not create server TCP listening socket: bind: Address already in use');

test('a free port is none that systems give to outgoing connections, and can be listened on', async () => {
  const port = await freePort();
  const server = createServer();

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  expect(port).toBeGreaterThanOrEqual(10_000);
  expect(port).toBeLessThan(32_768);
  await new Promise((resolve) => server.close(resolve));
});

/** Fails so often, and answers how often it was started. */
function failing(times: number, reason: Error): () => Promise<number> {
  let starts = 0;
  return async () => {
    starts += 1;
    if (starts <= times) throw reason;
    return starts;
  };
}

test('what finds its port taken is started again, on another', async () => {
  expect(await onFreePorts(failing(4, taken))).toBe(5);
});

test.each([
  ['goes on finding it taken', taken, 5],
  ['fails for another reason', new Error('out of memory'), 1],
])('what %s fails with the reason', async (_what, reason, times) => {
  await expect(onFreePorts(failing(times, reason))).rejects.toBe(reason);
});
