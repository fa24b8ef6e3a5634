import { fakeClock } from '../../testing/fake-clock.ts';
import { fakeRandom } from '../../testing/fake-random.ts';
import { Lane } from './lane.ts';

function opened() {
  const clock = fakeClock();
  const lane = new Lane(clock, fakeRandom(1));
  const ends: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const run = () =>
    lane.run(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running--;
    });
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { clock, lane, ends, run, later, running: () => running, most: () => most };
}

test('eight run at once, the others in their turn, and never more', async () => {
  const { run, ends, later, most, clock } = opened();
  const runs = Array.from({ length: 40 }, run);

  for (let ended = 0; ended < 40; ended++) {
    await later();
    ends.shift()?.();
    if (ended < 20) runs.push(run());
  }
  while (ends.length > 0) {
    ends.shift()?.();
    await later();
  }

  expect((await Promise.all(runs)).every(({ kind }) => kind === 'ran')).toBe(true);
  expect([most(), clock.pending()]).toEqual([8, 0]);
});

test('who waits for a quarter of a second is sent away, and who comes to a slow lane at once', async () => {
  const { run, clock, running } = opened();
  const started = Array.from({ length: 8 }, run);
  const waiting = run();

  await clock.advance(250);
  const answers = await Promise.all([waiting, run()]);

  expect(started).toHaveLength(8);
  expect(running()).toBe(8);
  for (const answer of answers) {
    const waits = answer.kind === 'full' ? answer.dueAt - clock.now() : 0;
    expect(waits).toBeGreaterThanOrEqual(1_000);
    expect(waits).toBeLessThanOrEqual(1_200);
  }
});

test('no more than 64 wait, and those who are sent away come back over up to thirty seconds', async () => {
  const { run, clock, later } = opened();
  const runs = Array.from({ length: 8 + 64 }, run);

  const away = await Promise.all(Array.from({ length: 1_000 }, run));
  const waits = away.map((answer) => (answer.kind === 'full' ? answer.dueAt - clock.now() : 0));
  await later();

  expect([runs.length, clock.pending()]).toEqual([72, 64]);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...waits)).toBeGreaterThan(20_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
});

test('a request that fails leaves its room to the next', async () => {
  const { lane, run, ends, later } = opened();
  const failing = Array.from({ length: 8 }, () => lane.run(() => Promise.reject(new Error('disk full'))));

  await Promise.allSettled(failing);
  const next = run();
  await later();
  ends.shift()?.();

  await expect(failing[0]).rejects.toThrow('disk full');
  expect((await next).kind).toBe('ran');
});
