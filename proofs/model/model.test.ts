import { Model } from './model.ts';
import type { Operation } from './operation.ts';

const DAY_MS = 86_400_000;

function reserve(
  id: string,
  amount: bigint,
  change: Partial<Extract<Operation, { kind: 'reserve' }>> = {},
): Operation {
  return {
    kind: 'reserve',
    id,
    agent: 'bot',
    requestHash: 'request',
    attempt: `${id}-1`,
    then: 'start',
    charges: [{ key: 'hot', amount, limit: 10n }],
    rates: [],
    ttlMs: DAY_MS,
    ...change,
  };
}

const settle = (id: string, units: bigint): Operation => ({ kind: 'settle', id, units });
const start = (id: string, attempt: string): Operation => ({ kind: 'start', id, attempt, ttlMs: DAY_MS });
const extend = (id: string, units: bigint): Operation => ({ kind: 'extend', id, units, ttlMs: DAY_MS });
const withdraw = (id: string, attempt: string): Operation => ({ kind: 'withdraw', id, attempt });
const move = (id: string, units: bigint, from?: string): Operation => ({
  kind: 'move',
  id,
  from,
  to: from === undefined ? 'purse' : undefined,
  units,
});
const fromPurse = { charges: [{ key: 'purse', amount: 4n, limit: 0n, wallet: true }] } as const;

test.each`
  asked                                                                   | says
  ${[reserve('a', 10n)]}                                                  | ${'reserved, fresh, started, hot 0+10'}
  ${[reserve('a', 11n)]}                                                  | ${'refused, fresh, BUDGET_EXCEEDED'}
  ${[reserve('a', 6n), reserve('b', 5n)]}                                 | ${'refused, fresh, BUDGET_EXCEEDED'}
  ${[reserve('a', 6n), reserve('a', 6n)]}                                 | ${'reserved, fresh, started, hot 0+6'}
  ${[reserve('a', 6n), reserve('a', 6n, { attempt: 'a-2' })]}             | ${'reserved, again, started, hot 0+6'}
  ${[reserve('a', 6n), reserve('a', 6n, { requestHash: 'another' })]}     | ${'conflict'}
  ${[reserve('a', 6n), settle('a', 2n)]}                                  | ${'ended, first, settled, hot 2+0'}
  ${[reserve('a', 6n), settle('a', 2n), settle('a', 5n)]}                 | ${'ended, later, settled, hot 2+0'}
  ${[reserve('a', 6n), settle('a', 11n)]}                                 | ${'ended, first, settled, hot 11+0 frozen'}
  ${[reserve('a', 6n), settle('a', 11n), reserve('b', 0n)]}               | ${'refused, fresh, BUDGET_FROZEN'}
  ${[reserve('a', 6n), { kind: 'release', id: 'a' }, reserve('b', 9n)]}   | ${'reserved, fresh, started, hot 0+9'}
  ${[reserve('a', 6n), { kind: 'suspend', id: 'a' }, settle('a', 6n)]}    | ${'ended, first, settled, hot 6+0'}
  ${[reserve('a', 6n), extend('a', 10n)]}                                 | ${'extended, started, hot 0+10'}
  ${[reserve('a', 6n), extend('a', 11n)]}                                 | ${'refused, BUDGET_EXCEEDED'}
  ${[reserve('a', 6n), extend('a', 1n), reserve('b', 9n)]}                | ${'reserved, fresh, started, hot 0+10'}
  ${[reserve('a', 6n, { then: 'hold' }), start('a', 'a-2')]}              | ${'started, started, hot 0+6'}
  ${[reserve('a', 6n), start('a', 'a-2')]}                                | ${'not-startable, started'}
  ${[reserve('a', 6n), withdraw('a', 'a-2')]}                             | ${'ended, later, started, hot 0+6'}
  ${[reserve('a', 6n), withdraw('a', 'a-1'), reserve('a', 7n)]}           | ${'reserved, fresh, started, hot 0+7'}
  ${[reserve('a', 4n, fromPurse)]}                                        | ${'refused, fresh, WALLET_INSUFFICIENT'}
  ${[move('m', 4n), reserve('a', 4n, fromPurse)]}                         | ${'reserved, fresh, started, purse 0+4'}
  ${[move('m', 4n), reserve('a', 4n, fromPurse), move('n', 1n, 'purse')]} | ${'insufficient, 0 left'}
  ${[move('m', 4n), move('m', 4n)]}                                       | ${'moved, later'}
  ${[move('m', 4n), move('m', 5n)]}                                       | ${'conflict'}
`('the last of $asked is told $says', ({ asked, says }: { asked: readonly Operation[]; says: string }) => {
  const model = new Model();
  const foreseen = asked.map((operation) => {
    const step = model.foresee(operation);
    model.keep(step);
    return step;
  });

  expect(foreseen.at(-1)?.says).toBe(says);
});

test('what was only foreseen has not happened', () => {
  const model = new Model();

  model.foresee(reserve('a', 10n));

  expect(model.foresee(reserve('b', 10n)).says).toBe('reserved, fresh, started, hot 0+10');
});

test('a call whose time is up returns its money unless it has started', () => {
  const model = new Model();
  model.keep(model.foresee(reserve('held', 3n, { then: 'hold' })));
  model.keep(model.foresee(reserve('started', 4n)));

  model.timeIsUp('held');
  model.timeIsUp('started');

  expect(model.foresee(settle('held', 1n)).says).toBe('ended, later, expired, hot 0+4');
  expect(model.foresee(settle('started', 4n)).says).toBe('ended, first, settled, hot 4+0');
});
