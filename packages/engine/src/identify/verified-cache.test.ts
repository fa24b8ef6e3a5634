import { verifiedCache } from './verified-cache.ts';

function verified(
  who: string,
  fromMs = 0,
  untilMs = 100,
): { kind: 'verified'; who: string; fromMs: number; untilMs: number } {
  return { kind: 'verified', who, fromMs, untilMs };
}

test.each`
  nowMs         | who
  ${9}          | ${undefined}
  ${10}         | ${'bot'}
  ${19}         | ${'bot'}
  ${20}         | ${undefined}
  ${Number.NaN} | ${undefined}
`('an entry for 10 to 20 answers $who at $nowMs', ({ nowMs, who }) => {
  const cache = verifiedCache<string>(3);
  cache.set('token', verified('bot', 10, 20));

  expect(cache.get('token', nowMs)).toBe(who);
});

test('an entry that is over is forgotten, also when the clock returns', () => {
  const cache = verifiedCache<string>(3);
  cache.set('token', verified('bot', 10, 20));

  cache.get('token', 20);

  expect(cache.get('token', 15)).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('never holds more than its limit, and the oldest leaves first', () => {
  const cache = verifiedCache<string>(3);

  for (const token of ['a', 'b', 'c', 'd']) cache.set(token, verified(token));

  expect(cache.size).toBe(3);
  expect(['a', 'b', 'c', 'd'].map((token) => cache.get(token, 1))).toEqual([undefined, 'b', 'c', 'd']);
});

test('a token that is set again becomes the youngest', () => {
  const cache = verifiedCache<string>(2);

  for (const token of ['a', 'b', 'a', 'c']) cache.set(token, verified(token));

  expect(['a', 'b', 'c'].map((token) => cache.get(token, 1))).toEqual(['a', undefined, 'c']);
});

test('names that every object inherits are not tokens', () => {
  const cache = verifiedCache<string>(2);

  expect(['__proto__', 'constructor', 'toString'].map((token) => cache.get(token, 1))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
