import { fakeClock } from '../testing/fake-clock.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { createDispatcher } from './dispatcher.ts';
import { FakeStore, secret } from './lab.test-support.ts';

test('an endpoint whose place was lost goes on where the store was rebuilt, and hears nothing twice', async () => {
  const clock = fakeClock();
  const store = new FakeStore(clock);
  const told: number[] = [];
  const dispatcher = createDispatcher({
    store,
    clock,
    random: fakeRandom(1),
    endpoints: [{ id: 'all', url: 'https://inbox.example/', secret }],
    heard: new Set(['all']),
    fetch: async (_, request) => {
      told.push(
        (JSON.parse(typeof request?.body === 'string' ? request.body : '{}') as { sequence: number })
          .sequence,
      );
      return new Response(undefined, { status: 200 });
    },
  });
  store.record('call.reserved');
  for (let event = 0; event < 3; event++) store.happen();
  await dispatcher.tick();
  const before = [...told];
  store.forget();
  store.queue.clear();
  store.record('store.rebuilt');
  const { seq } = store.happen();

  await dispatcher.tick();
  await dispatcher.close();

  expect(before).toEqual([2, 3, 4]);
  expect(told).toEqual([2, 3, 4, seq]);
});
