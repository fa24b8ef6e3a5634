import assert from 'node:assert/strict';
import type { ReserveAnswer } from '../../nouns/hold.ts';
import { fakeRandom } from '../fake-random.ts';
import { type ContractCase, promise, tally, together, type Tested } from './contract-case.ts';
import { MINUTE_MS, rate, reservation } from './samples.ts';

/** A rate may count a call this much longer than its window, and no more. */
const SLACK_MS = MINUTE_MS / 60;

/** Lengths that do not divide alike, from the shortest that there is. */
const LENGTHS = [
  ['second', 1_000],
  ['7s', 7_000],
  ['minute', MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['366d', 366 * 1_440 * MINUTE_MS],
] as const;

function ask({ store }: Tested, id: string, limit = 3): Promise<ReserveAnswer> {
  return store.reserve(reservation(id, { rates: [rate('r', { limit })] }));
}

/** What it promises about rates. */
export const rates: readonly ContractCase[] = [
  promise(
    'lets as many calls pass as the rate says, and counts neither denied calls nor repeats',
    async (tested) => {
      const { store } = tested;
      await ask(tested, 'c1');
      for (let again = 0; again < 5; again++) await ask(tested, 'c1');

      const answers = await together(64, (index) => ask(tested, `n${index}`));

      assert.deepEqual(tally(answers), { reserved: 2, refused: 62 });
      const { rates: standings } = await store.status([], [rate('r')]);
      assert.deepEqual([standings[0]?.used, standings[0]?.left], [3, 0]);
    },
  ),

  promise(
    'never lets more than the limit pass in any stretch of the length of the window, whatever its length',
    async ({ store, clock }) => {
      for (const [index, [per, perMs]] of LENGTHS.entries()) {
        const random = fakeRandom(index + 1);
        const slackMs = Math.ceil(perMs / 60);
        const granted: number[] = [];
        for (let nth = 0; nth < 150; nth++) {
          clock.set(clock.now() + random.below(random.below(4) === 0 ? perMs : slackMs * 4));
          const now = clock.now();
          const within = (ms: number): number => granted.filter((at) => at > now - ms).length;
          const charge = rate(per, { per, perMs, limit: 5 });

          const answer = await store.reserve(reservation(`${per}-${nth}`, { rates: [charge] }));

          if (answer.kind === 'reserved') granted.push(now);
          assert.ok(within(perMs) <= 5, `${within(perMs)} calls per ${per}`);
          const told = answer.kind === 'reserved' ? (answer.rates[0]?.used ?? 0) : 5;
          assert.ok(
            within(perMs) <= told && told <= within(perMs + slackMs),
            `${told} calls are told to be used per ${per}`,
          );
        }
      }
    },
  ),

  promise('does not start counting anew at the turn of the minute', async (tested) => {
    const { clock } = tested;
    clock.set(clock.now() - (clock.now() % MINUTE_MS) + MINUTE_MS - 1);
    await together(3, (index) => ask(tested, `c${index}`));
    clock.set(clock.now() + 1);

    const answer = await ask(tested, 'c3');

    assert.equal(answer.kind, 'refused');
  }),

  promise('says when the next call fits, and is right about it', async (tested) => {
    const { clock, store } = tested;
    for (const [index, delay] of [0, 1_234, 20_001].entries()) {
      clock.set(clock.now() + delay);
      await ask(tested, `c${index}`);
    }

    const answer = await ask(tested, 'c3');

    const waitMs = answer.kind === 'refused' ? (answer.denial.retryAfterMs ?? 0) : 0;
    const { rates: standings } = await store.status([], [rate('r')]);
    assert.ok(waitMs > 0 && waitMs <= MINUTE_MS + SLACK_MS);
    assert.equal(standings[0]?.resetsAt, clock.now() + waitMs);
    clock.set(clock.now() + waitMs);
    assert.equal((await ask(tested, 'c4')).kind, 'reserved');
  }),

  promise('counts two charges of one rate twice, and says truly when both fit', async ({ store, clock }) => {
    const twice = [rate('r'), rate('r')];
    await store.reserve(reservation('c1', { rates: twice }));

    const answer = await store.reserve(reservation('c2', { rates: twice }));

    const waitMs = answer.kind === 'refused' ? (answer.denial.retryAfterMs ?? 0) : 0;
    assert.ok(waitMs > 1_000);
    clock.set(clock.now() + waitMs);
    assert.equal((await store.reserve(reservation('c3', { rates: twice }))).kind, 'reserved');
  }),

  promise('names no time for a rate that never lets the call pass', async ({ store }) => {
    const never = [[rate('none', { limit: 0 })], [rate('one', { limit: 1 }), rate('one', { limit: 1 })]];

    for (const [index, charges] of never.entries()) {
      const answer = await store.reserve(reservation(`c${index}`, { rates: charges }));

      assert.deepEqual(answer.kind === 'refused' && answer.denial.retryAfterMs, undefined);
    }
  }),
];
