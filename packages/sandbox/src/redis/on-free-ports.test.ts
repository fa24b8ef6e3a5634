import { onFreePorts } from './on-free-ports.ts';

const taken = new Error('Could not create server TCP listening socket: bind: Address already in use');

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
