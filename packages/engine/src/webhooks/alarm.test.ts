import { fakeClock } from '../testing/fake-clock.ts';
import { alarmOf } from './alarm.ts';

function counted() {
  const clock = fakeClock(0);
  const rings: number[] = [];
  return { clock, rings, alarm: alarmOf(clock, () => rings.push(clock.now())) };
}

test('the earliest time wins, whatever was set first', async () => {
  const { clock, rings, alarm } = counted();

  alarm.set(200);
  alarm.set(100);
  alarm.set(300);
  expect(clock.pending()).toBe(1);
  await clock.advance(1_000);

  expect(rings).toEqual([100]);
});

test('it can be set again once it rang, and a time that has passed rings at once', async () => {
  const { clock, rings, alarm } = counted();

  alarm.set(100);
  await clock.advance(100);
  alarm.set(50);
  await clock.advance(0);

  expect(rings).toEqual([100, 100]);
});

test('a cancelled alarm stays silent and leaves nothing behind', async () => {
  const { clock, rings, alarm } = counted();

  alarm.set(100);
  alarm.cancel();
  alarm.cancel();
  await clock.advance(1_000);

  expect(rings).toEqual([]);
  expect(clock.pending()).toBe(0);
});
