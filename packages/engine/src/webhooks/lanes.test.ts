import type { Delivery } from '../nouns/outbox.ts';
import { Lanes } from './lanes.ts';

const deliveries = (endpoint: string, count: number): readonly Delivery[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${endpoint}-${index}`,
    endpoint,
    event: 'approval.created',
    body: '{}',
    attempts: 0,
    dueAt: 0,
  }));

function slowLanes() {
  const sending: { readonly id: string; readonly end: (error?: Error) => void }[] = [];
  const lanes = new Lanes(
    ({ id }) =>
      new Promise((resolve, reject) => {
        sending.push({ id, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  const ids = () => sending.map(({ id }) => id);
  return { lanes, sending, ids };
}

test('four at once are sent to an endpoint, and the next when one ends', async () => {
  const { lanes, sending, ids } = slowLanes();

  const [first] = lanes.take(deliveries('a', 6));
  expect(ids()).toEqual(['a-0', 'a-1', 'a-2', 'a-3']);

  sending[0]?.end();
  await first;
  expect(ids()).toEqual(['a-0', 'a-1', 'a-2', 'a-3', 'a-4']);
});

test('a try that could not be recorded frees its place, and rejects', async () => {
  const { lanes, sending, ids } = slowLanes();

  const [first] = lanes.take(deliveries('a', 5));
  sending[0]?.end(new Error('disk full'));

  await expect(first).rejects.toThrow('disk full');
  expect(ids()).toContain('a-4');
});

test('a lane takes 32 and leaves the rest, without holding up another', () => {
  const { lanes } = slowLanes();

  expect(lanes.take(deliveries('a', 33))).toHaveLength(32);
  expect(lanes.isFull('a')).toBe(true);
  expect(lanes.take(deliveries('a', 40).slice(33))).toHaveLength(0);
  expect(lanes.take(deliveries('b', 1))).toHaveLength(1);
});

test('a delivery under way is not taken again', () => {
  const { lanes } = slowLanes();

  expect(lanes.take(deliveries('a', 2))).toHaveLength(2);
  expect(lanes.take(deliveries('a', 3))).toHaveLength(1);
});

test('a delivery that ended while the due ones were read is not sent twice', async () => {
  const { lanes, sending } = slowLanes();
  const read = deliveries('a', 1);

  lanes.forgetEnded();
  const [first] = lanes.take(read);
  sending[0]?.end();
  await first;
  expect(lanes.take(read)).toHaveLength(0);

  lanes.forgetEnded();
  expect(lanes.take(read)).toHaveLength(1);
});
