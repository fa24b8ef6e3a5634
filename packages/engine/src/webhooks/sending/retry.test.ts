import { retryDelay, retryDelaysMs } from './retry.ts';

const seconds = (...amounts: readonly number[]) => amounts.map((amount) => amount * 1_000);
const lowest = { id: String, below: () => 0 };
const highest = { id: String, below: (below: number) => below - 1 };

test('ten tries take 75 hours and 35 minutes', () => {
  const total = retryDelaysMs.reduce((sum, delay) => sum + delay, 0);

  expect(retryDelaysMs).toEqual(seconds(5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400));
  expect(total).toBe((75 * 60 + 35) * 60_000 + 5_000);
});

test.each(retryDelaysMs.map((delay, index) => [index + 1, delay] as const))(
  'the wait after try %i is %i milliseconds, a fifth more or less',
  (tries, delay) => {
    expect(retryDelay(tries, lowest)).toBe(delay * 0.8);
    expect(retryDelay(tries, highest)).toBe(delay * 1.2);
  },
);

test('there is no wait after the tenth try', () => {
  expect(retryDelay(10, lowest)).toBeUndefined();
  expect(retryDelay(10, lowest, 1_000)).toBeUndefined();
});

test.each`
  asked                      | waits
  ${0}                       | ${4_000}
  ${3_999}                   | ${4_000}
  ${4_001}                   | ${4_001}
  ${86_400_000}              | ${86_400_000}
  ${86_400_001}              | ${86_400_000}
  ${Number.MAX_SAFE_INTEGER} | ${86_400_000}
`('an endpoint that asks for $asked milliseconds after the first try gets $waits', ({ asked, waits }) => {
  expect(retryDelay(1, lowest, asked)).toBe(waits);
});
