import { ToriiError } from '../nouns/errors.ts';
import type { HoldStore } from '../nouns/store.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { underWay } from './under-way.ts';
import { withdrawals } from './withdrawals.ts';

test('an outage that goes on does not fill the memory: the first 10,000 are taken back, and the rest end by their time', async () => {
  const clock = fakeClock();
  const calls = underWay();
  const errors: Error[] = [];
  const taken: string[] = [];
  let down = true;
  const opened = await memoryStore().open({ clock });
  const withdraw: HoldStore['withdraw'] = (call, facts) => {
    if (down) return Promise.reject(new ToriiError('STORE_UNAVAILABLE', 'the line is down'));
    taken.push(call.id);
    return opened.withdraw(call, facts);
  };
  const store: HoldStore = { ...opened, withdraw };
  const waiting = withdrawals({ clock, underWay: calls, onError: (error) => void errors.push(error) });
  waiting.add(store, { id: 'first', attempt: 'a' });
  await clock.advance(0);
  for (let index = 0; index < 12_000; index++) waiting.add(store, { id: `call_${index}`, attempt: 'a' });

  down = false;
  await clock.advance(1_000);
  await calls.idle();

  expect(taken.slice(0, 2)).toEqual(['first', 'call_0']);
  expect(taken).toHaveLength(10_000);
  expect(errors).toHaveLength(1);
});
