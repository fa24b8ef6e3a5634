import { budget, budgetIdentity, cooldown, perMs, rate, rateIdentity, rollingMs, wallet } from './limits.ts';

const limit = '1 USD';

function problemOf(
  schema: typeof budget | typeof rate | typeof cooldown | typeof wallet,
  value: unknown,
): string {
  const { error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  return issue === undefined ? 'accepted' : `${issue.path.join('.')}: ${issue.message}`;
}

test.each`
  window            | ms
  ${'rolling 1m'}   | ${60_000}
  ${'rolling 90s'}  | ${90_000}
  ${'rolling 24h'}  | ${86_400_000}
  ${'rolling 366d'} | ${31_622_400_000}
  ${'rolling'}      | ${undefined}
  ${'rolling  1h'}  | ${undefined}
  ${'rolling 0h'}   | ${undefined}
  ${'rolling -1h'}  | ${undefined}
  ${'Rolling 1h'}   | ${undefined}
  ${'day'}          | ${undefined}
`('$window lasts $ms', ({ window, ms }) => {
  expect(rollingMs(window as string)).toBe(ms);
});

test.each`
  per              | ms
  ${'second'}      | ${1_000}
  ${'minute'}      | ${60_000}
  ${'hour'}        | ${3_600_000}
  ${'day'}         | ${86_400_000}
  ${'10s'}         | ${10_000}
  ${'week'}        | ${undefined}
  ${'constructor'} | ${undefined}
  ${'__proto__'}   | ${undefined}
  ${'1.5h'}        | ${undefined}
`('a rate per $per counts over $ms', ({ per, ms }) => {
  expect(perMs(per as string)).toBe(ms);
});

test.each`
  value                                                                    | problem
  ${{ scope: 'agent', window: 'week', limit }}                             | ${'accepted'}
  ${{ scope: 'agent', window: 'month', limit, timezone: 'Europe/Berlin' }} | ${'accepted'}
  ${{ scope: 'merchant', window: 'year', limit }}                          | ${'accepted'}
  ${{ scope: 'tool', window: 'rolling 1m', limit }}                        | ${'accepted'}
  ${{ scope: 'tool', window: 'rolling 59s', limit }}                       | ${'window: expected one of `call`'}
  ${{ scope: 'tenant', window: 'rolling 366d', limit }}                    | ${'accepted'}
  ${{ scope: 'tenant', window: 'rolling 367d', limit }}                    | ${'window: expected one of `call`'}
  ${{ scope: 'agent', window: 'Day', limit }}                              | ${'window: expected one of `call`'}
  ${{ scope: 'call', window: 'call', limit }}                              | ${'accepted'}
  ${{ scope: 'call', window: 'lifetime', limit }}                          | ${'window: expected `call`, as its scope is `call`'}
  ${{ scope: 'agent', window: 'call', limit }}                             | ${'window: expected the window of'}
  ${{ scope: 'agent', window: 'lifetime', limit, timezone: 'UTC' }}        | ${'timezone: expected no time zone: `lifetime` does not follow a calendar'}
  ${{ scope: 'agent', window: 'rolling 1h', limit, timezone: 'UTC' }}      | ${'timezone: expected no time zone'}
  ${{ scope: 'call', window: 'call', limit, timezone: 'UTC' }}             | ${'timezone: expected no time zone'}
  ${{ scope: 'agent', window: 'day', limit, timezone: 'Berlin' }}          | ${'timezone: expected an IANA time zone'}
  ${{ scope: 'agent', window: 'day', limit, timezone: '+02:00' }}          | ${'timezone: expected an IANA time zone'}
  ${{ scope: 'agent', window: 'day' }}                                     | ${'limit: expected an amount'}
  ${{ window: 'day', limit }}                                              | ${'scope: expected one of `call`'}
`('the budget $value: $problem', ({ value, problem }) => {
  expect(problemOf(budget, value)).toContain(problem);
});

test.each`
  value                                                                  | problem
  ${{ scope: 'agent', limit: 0, per: 'second' }}                         | ${'accepted'}
  ${{ scope: 'agent', limit: 1_000_000, per: '366d' }}                   | ${'accepted'}
  ${{ scope: 'agent', limit: 1, per: '367d' }}                           | ${'per: expected one of `second`'}
  ${{ scope: 'agent', limit: 1, per: '0s' }}                             | ${'per: expected one of `second`'}
  ${{ scope: 'agent', limit: 1, per: 'rolling 1h' }}                     | ${'per: expected one of `second`'}
  ${{ scope: 'agent', limit: 1, per: 'hour', tools: ['a'], class: 'x' }} | ${'class: expected `tools` or `class`, got both'}
  ${{ scope: 'agent', limit: 1, per: 'hour', class: '__proto__' }}       | ${'class: expected 1 to 64 letters'}
  ${{ scope: 'agent', limit: Infinity, per: 'hour' }}                    | ${'limit: expected a whole number'}
`('the rate $value: $problem', ({ value, problem }) => {
  expect(problemOf(rate, value)).toContain(problem);
});

test.each(['10s', '366d'])('a pause of %s is accepted', (text) => {
  expect(problemOf(cooldown, text)).toBe('accepted');
});

test.each(['367d', '0s', '10', 'minute', 10, null])('a pause of %s is refused', (text) => {
  expect(problemOf(cooldown, text)).toContain('expected a duration');
});

test.each`
  value                              | problem
  ${{ currency: 'USD' }}             | ${'accepted'}
  ${{ currency: 'XXX' }}             | ${'accepted'}
  ${{ currency: 'usd' }}             | ${'currency: expected a currency such as `USD`, got `usd`'}
  ${{ currency: 'USDC' }}            | ${'currency: expected a currency'}
  ${{ currency: 'USD/6' }}           | ${'currency: expected a currency'}
  ${{ currency: ' USD' }}            | ${'currency: expected a currency'}
  ${{ currency: ['USD'] }}           | ${'currency: expected a currency'}
  ${{ currency: undefined }}         | ${'currency: expected a currency'}
  ${{}}                              | ${'currency: expected a currency'}
  ${{ currency: 'USD', limit: '1' }} | ${'unknown key, expected one of `currency`'}
  ${'USD'}                           | ${'expected an object of `currency`, got `USD`'}
  ${[]}                              | ${'expected an object of `currency`'}
  ${null}                            | ${'expected an object of `currency`'}
`('the wallet $value: $problem', ({ value, problem }) => {
  expect(problemOf(wallet, value)).toContain(problem);
});

const day = { scope: 'agent', window: 'day', limit: '1.00 USD' } as const;

test.each`
  change                           | same     | why
  ${{ limit: '2.00 USD' }}         | ${true}  | ${'the limit is no part of it'}
  ${{ limit: '1.00 EUR' }}         | ${false} | ${'its currency is'}
  ${{ scope: 'owner' }}            | ${false} | ${'another scope'}
  ${{ window: 'hour' }}            | ${false} | ${'another window'}
  ${{ timezone: 'UTC' }}           | ${true}  | ${'UTC is the zone where none is named'}
  ${{ timezone: 'Europe/Berlin' }} | ${false} | ${'another zone'}
  ${{ tools: ['a'] }}              | ${false} | ${'tools'}
`('a budget changed by $change is the same: $same, $why', ({ change, same }) => {
  expect(
    JSON.stringify(budgetIdentity({ ...day, ...(change as object) })) === JSON.stringify(budgetIdentity(day)),
  ).toBe(same);
});

test('tools are a set, for budgets and for rates', () => {
  const perHour = { scope: 'agent', limit: 1, per: 'hour' } as const;
  const sets = [
    ['a', 'b'],
    ['b', 'a', 'a'],
  ];

  expect(new Set(sets.map((tools) => JSON.stringify(budgetIdentity({ ...day, tools })))).size).toBe(1);
  expect(new Set(sets.map((tools) => JSON.stringify(rateIdentity({ ...perHour, tools })))).size).toBe(1);
  expect(rateIdentity({ ...perHour, class: 'light' })).not.toEqual(
    rateIdentity({ ...perHour, tools: ['light'] }),
  );
});
