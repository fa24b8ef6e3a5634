import { isDeepStrictEqual } from 'node:util';
import { ToriiError } from '../../nouns/errors.ts';
import type { ReserveAnswer } from '../../nouns/hold.ts';
import { allEntries, type Tested } from '../../testing/contract/contract-case.ts';
import type { Play } from '../../testing/contract/randomly.ts';
import { call, charge, reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { fakeRandom } from '../../testing/fake-random.ts';
import { slotStore } from './differential.test-support.ts';
import { FieldNames } from '../keys.ts';
import { holdsOf } from './holds.ts';
import { randomMoneyPlay, randomStepOfTurn } from './random-money.test-support.ts';
import { withRepeats } from '../connection/repeats.ts';
import type { ScriptClient } from '../script.ts';
import { RESERVE } from '../scripts/reserve.ts';
import { planting, slotLab, type SlotLab } from '../slot.test-support.ts';

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

/** Where asking together gave another answer than asking one after the other. */
interface Difference {
  readonly seed: number;
  readonly together: unknown;
  readonly apart: unknown;
}

/** Plays the same on two slots: on one, steps one after the other, on the other in one turn. */
async function firstDifference(
  seeds: number,
  through: ScriptClient = lab.client,
): Promise<Difference | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = fakeRandom(seed);
    const [one, other] = [await tested(lab.client), await tested(through)];
    for (let round = 0; round < 8; round++) {
      for (const play of several(random.below(4), () => randomMoneyPlay(random))) {
        await answerOf(play, one);
        await answerOf(play, other);
      }
      const plays = several(2 + random.below(40), () => randomStepOfTurn(random));
      const apart: unknown[] = [];
      for (const play of plays) apart.push(await answerOf(play, one));
      const together = await Promise.all(plays.map((play) => answerOf(play, other)));
      if (!isDeepStrictEqual(together, apart)) return { seed, together, apart };
    }
    const [apart, together] = [await allEntries(one.store), await allEntries(other.store)];
    if (!isDeepStrictEqual(together, apart)) return { seed, together, apart };
  }
  return undefined;
}

async function tested(through: ScriptClient): Promise<Tested> {
  const clock = fakeClock();
  return { store: slotStore(await lab.slot(() => clock.now(), through)), clock };
}

function several<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}

async function answerOf(play: Play, store: Tested): Promise<unknown> {
  try {
    return await play(store);
  } catch (error) {
    return ToriiError.is(error) ? { code: error.code, message: error.message } : error;
  }
}

test('steps of one turn are answered as if each were asked for after the other', async () => {
  const difference = await firstDifference(80);

  expect(difference?.together).toStrictEqual(difference?.apart);
  expect(difference).toBeUndefined();
}, 120_000);

test.each`
  bug                                         | find                                               | replace
  ${'a hold that those after it do not see'}  | ${'bucket[HELD] = bucket[HELD] + held'}            | ${"bucket[HELD] = held + tonumber(command('HGET', COUNTERS, charges[at] .. 'h') or 0)"}
  ${'a hold that is not written'}             | ${'  writeBuckets(books)\n'}                       | ${''}
  ${'a hold that is written twice'}           | ${"name .. 'h', bucket[HELD]"}                     | ${"name .. 'h', 2 * bucket[HELD]"}
  ${'a charge that is counted for the next'}  | ${'bucket[ASKED] = 0\n'}                           | ${'bucket[ASKED] = bucket[ASKED]\n'}
  ${'a call of the same turn not found'}      | ${"found['c:' .. id] = true"}                      | ${"found['c:' .. id] = nil"}
  ${'a fingerprint of the same turn missed'}  | ${"found['f:' .. print] = true"}                   | ${"found['f:' .. print] = nil"}
  ${'a rate that is counted once for all'}    | ${'counted[field] = rates[field]'}                 | ${'counted[field] = counted[field] or cmsgpack.unpack(cmsgpack.pack(rates[field]))'}
  ${'terms of the wrong reservation'}         | ${"lastTerms = text == '' and lastTerms or text"}  | ${"lastTerms = lastTerms == '' and text or lastTerms"}
  ${'a call that is looked for too early'}    | ${'    writeAll()\n    local known, knownId'}      | ${'    local known, knownId'}
  ${'deadlines that only the first one sets'} | ${"command('ZADD', DEADLINES, unpack(deadlines))"} | ${"command('ZADD', DEADLINES, deadlines[1], deadlines[2])"}
`(
  'random turns find $bug',
  async ({ find, replace }: { readonly find: string; readonly replace: string }) => {
    let planted = 0;
    const through = planting(lab.client, { find, replace, done: () => planted++ });

    const difference = await firstDifference(100, through);

    expect(planted).toBeGreaterThan(0);
    expect(difference).toBeDefined();
  },
  60_000,
);

test('reservations of one turn are one round trip for every 32 of them', async () => {
  const asked: unknown[] = [];
  const counting: ScriptClient = {
    evalsha(...args) {
      asked.push(args[0]);
      return lab.client.evalsha(...args);
    },
    eval: (...args) => lab.client.eval(...args),
  };
  await lab.client.script('LOAD', RESERVE.source);
  const { store } = await tested(counting);

  const answers = await Promise.all(
    several(65, () => 0).map((_, index) => store.reserve(reservation(`c${index}`))),
  );

  expect(asked).toEqual([RESERVE.sha, RESERVE.sha, RESERVE.sha]);
  expect(answers.map(kindOf)).toEqual(several(65, () => 'reserved fresh'));
});

test('whatever is asked after more than goes out together finds it too', async () => {
  const { store } = await tested(lab.client);
  const long = { text: 'x'.repeat(200_000) };
  const asked = several(3, () => 0).map((_, index) => reservation(`c${index}`, { facts: long }));

  const [answers, record] = await Promise.all([
    Promise.all(asked.map((request) => store.reserve(request))),
    store.call('c2'),
  ]);

  expect(answers.map(kindOf)).toEqual(['reserved fresh', 'reserved fresh', 'reserved fresh']);
  expect(record?.id).toBe('c2');
});

test('an end that fails leaves those of its turn as they would be without it', async () => {
  const through = planting(lab.client, {
    find: 'local function finish(base)\n',
    replace: "local function finish(base)\n  if ARGV[base] == 'c1' then error('no') end\n",
    done: () => undefined,
  });
  const { store } = await tested(through);
  const ids = ['c0', 'c1', 'c2'];
  for (const id of ids) await store.reserve(reservation(id));

  const answers = await Promise.allSettled(ids.map((id) => store.release(id, {})));

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const states = await Promise.all(ids.map(async (id) => (await store.call(id))?.state));
  expect(states).toEqual(['released', 'started', 'released']);
});

test('a reservation that fails leaves those of its turn as they would be without it', async () => {
  const through = planting(lab.client, {
    find: 'local function reserve(base, answers, before)\n',
    replace: "local function reserve(base, answers, before)\n  if ARGV[base] == 'c1' then error('no') end\n",
    done: () => undefined,
  });
  const { store } = await tested(through);
  const asked = ['c0', 'c1', 'c2'].map((id) =>
    reservation(id, { budgets: [charge('day', { limit: 100n, amount: 10n })] }),
  );

  const answers = await Promise.allSettled(asked.map((request) => store.reserve(request)));

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(answers[1]).toMatchObject({
    reason: { code: 'STORE_UNAVAILABLE', message: 'redis cannot answer: the step failed' },
  });
  expect((await allEntries(store)).map(({ callId }) => callId)).toEqual(['c0', 'c2']);
  const [status] = (await store.status([charge('day', { limit: 100n })], [])).budgets;
  expect(status?.held).toBe(20n);
});

test('whoever loses the reply of a turn is told by the repeat what became of each', async () => {
  let lost = 0;
  const losing: ScriptClient = {
    evalsha: (...args) => lab.client.evalsha(...args),
    async eval(...args) {
      const reply = await lab.client.eval(...args);
      if (lost++ === 0) throw new Error('Connection is closed.');
      return reply;
    },
  };
  const through = planting(losing, { find: 'nothing', replace: 'nothing', done: () => undefined });
  const steps = holdsOf(await lab.slot(() => 1_000, through), new FieldNames());
  const store = withRepeats(steps, () => Promise.resolve());
  const asked = ['c0', 'c1', 'c2'].map((id) =>
    reservation(id, { budgets: [charge('day', { limit: 20n, amount: 10n })] }),
  );

  const answers = await Promise.all(asked.map((request) => store.reserve(request)));

  expect(lost).toBe(2);
  expect(answers.map(kindOf)).toEqual(['reserved fresh', 'reserved fresh', 'refused fresh']);
});

test('a turn that was asked of other data is refused as a whole', async () => {
  const slot = await lab.slot(() => 1_000);
  const store = slotStore({ ...slot, epoch: 'other' });

  const answers = await Promise.allSettled(['c0', 'c1'].map((id) => store.reserve(reservation(id))));

  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('what cannot be written at all is refused alone', async () => {
  const { store } = await tested(lab.client);
  const tooMuch = charge('day', { amount: 2n ** 60n });

  const answers = await Promise.allSettled([
    store.reserve(reservation('c0')),
    store.reserve(reservation('c1', { budgets: [tooMuch] })),
    store.reserve(reservation('c2', { call: call('c2', { tool: '\ud800' }) })),
    store.reserve(reservation('c3')),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
});

test('whatever is asked after a reservation in its turn finds it', async () => {
  const { store } = await tested(lab.client);

  const [, record, end] = await Promise.all([
    store.reserve(reservation('c0')),
    store.call('c0'),
    store.release('c0', {}),
  ]);

  expect(record?.id).toBe('c0');
  expect(end.kind).toBe('ended');
});

function kindOf(answer: ReserveAnswer): string {
  return 'fresh' in answer && answer.fresh ? `${answer.kind} fresh` : answer.kind;
}
