import { MAX_UNITS } from '../../nouns/asset.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type { CallIdentity, Reservation } from '../../nouns/hold.ts';
import type { Random } from '../../nouns/random.ts';
import { type Subject, subjectsOf } from '../../nouns/revocation.ts';
import { KEPT_AFTER_END_MS } from '../../stores/transitions/expire.ts';
import { credit, extension, ofCarveOut, ofWallet, WALLET } from '../../testing/contract/account-samples.ts';
import type { Tested } from '../../testing/contract/contract-case.ts';
import { orMistake } from '../../testing/contract/random-accounts.ts';
import { type Play, randomPlay } from '../../testing/contract/randomly.ts';
import {
  call,
  charge,
  HOUR_MS,
  hourly,
  rate,
  refusing,
  reservation,
  rolling,
  starting,
  waitFor,
} from '../../testing/contract/samples.ts';

/** How far the clock jumps, where it does: past a slice, a deadline or a rolling window. */
const JUMPS = [1, 3, 7, 12, 25, 61];

/** Rarely past an hour, or what is kept of an end. */
const LONG_JUMPS = [HOUR_MS, KEPT_AFTER_END_MS - 5, KEPT_AFTER_END_MS + 1];

/** Amounts, among them the largest that can be counted. */
const AMOUNTS = [0n, 1n, 3n, 10n, 25n, 40n, 1_000n, MAX_UNITS - 2n, MAX_UNITS];

const CALLS = 6;

/** Of these, calls that set money aside more often than others, for those to spend. */
const PARENTS = 2;

/** An agent that others delegate to. */
const HELPER = 'helper';

/** How long the ids of a run are used before new ones take their place, so that a long run goes on. */
const GENERATION_MS = 60;

/** Says the id of one of the calls by its number. */
type Named = (which: number) => string;

/** A step among the calls of one generation. */
type Act = (named: Named) => Play;

/**
 * A random step that the contract's own random runs do not take: the largest amounts, several charges of one budget,
 * other currencies, revocations, and long stretches of time.
 */
export function randomMoneyPlay(random: Random): Play {
  return playOf(random, ACTS);
}

/** The same, often with somebody stopped whose money others ask to spend. */
export function randomStoppedPlay(random: Random): Play {
  return playOf(random, [...ACTS, ...Array<typeof stopping>(6).fill(stopping)]);
}

function playOf(random: Random, acts: readonly ((random: Random) => Act)[]): Play {
  const jumps = random.below(4) === 0;
  const jumpMs = oneOf(random, random.below(12) === 0 ? LONG_JUMPS : JUMPS);
  const before = random.below(6) === 0 ? 1 : 0;
  const act = oneOf(random, acts)(random);
  return (tested) => {
    if (jumps) tested.clock.set(tested.clock.now() + jumpMs);
    const generation = (Math.floor(tested.clock.now() / GENERATION_MS) - before) % 1_000;
    return act((which) => `d${which}-${generation}`)(tested);
  };
}

/** A reservation of that kind, rarely a settlement, at the time that it is: one step, which is asked for at once. */
export function randomStepOfTurn(random: Random): Play {
  const act = random.below(5) === 0 ? settling(random) : reserving(random);
  return (tested) => {
    const generation = Math.floor(tested.clock.now() / GENERATION_MS) % 1_000;
    return act((which) => `d${which}-${generation}`)(tested);
  };
}

/** One of these steps, or one of those that the contract takes. */
export function anyPlay(random: Random): Play {
  return random.below(2) === 0 ? randomPlay(random) : randomMoneyPlay(random);
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new RangeError('expected something to choose from');
  return value;
}

function attemptOf(random: Random): string {
  return `attempt-${random.below(2)}`;
}

/** One of few callers. */
function callerOf(random: Random): (id: string) => CallIdentity {
  const change = {
    fingerprint: random.below(3) === 0 ? `print-${random.below(3)}` : undefined,
    requestHash: random.below(15) === 0 ? 'other' : 'request',
    owner: oneOf(random, ['ada', 'ada', 'eve']),
    session: oneOf(random, ['s1', 's2']),
    price: { units: BigInt(random.below(50)), asset: oneOf(random, ['USD/6', 'EUR/2']) },
  };
  return (id) => call(id, change);
}

type ChargeAt = (nowMs: number, named: Named) => BudgetCharge;

function chargesOf(random: Random, own: number): readonly ChargeAt[] {
  return Array.from({ length: random.below(4) }, () => chargeOf(random, own));
}

function chargeOf(random: Random, own: number): ChargeAt {
  const amount = oneOf(random, AMOUNTS);
  const limit = oneOf(random, [20n, 90n, 2_000n, MAX_UNITS, MAX_UNITS]);
  const change = { limit, amount, clause: `budgets[${random.below(3)}]` };
  const key = `budget-${random.below(2)}`;
  // Nobody spends from what the same call sets aside.
  const parent = own === 0 ? 1 : 0;
  const ofParent: ChargeAt = (_, named) => ofCarveOut(named(parent), amount);
  return oneOf<ChargeAt>(random, [
    () => charge(key, change),
    () => charge(key, change),
    () => charge('euros', { ...change, currency: 'EUR' }),
    (nowMs) => hourly('hour', nowMs, { ...change, alerts: [{ percent: 10, units: 10n }] }),
    (nowMs) => sliced('sliced', nowMs, change),
    (nowMs) => sliced('sliced', nowMs, change),
    () => charge('ever', { ...change, window: 'rolling 1h', rollingMs: 100 }),
    () => ofWallet(amount),
    ofParent,
    ofParent,
  ]);
}

/** Of a rolling window that is short enough to leave. */
function sliced(key: string, nowMs: number, change: Partial<BudgetCharge>): BudgetCharge {
  const startMs = nowMs - (nowMs % 10);
  const alerts = [{ percent: 50, units: 20n }];
  return rolling(key, nowMs, { startMs, endMs: startMs + 10, rollingMs: 60, alerts, ...change });
}

function ratesOf(random: Random): readonly RateCharge[] {
  return Array.from({ length: random.below(3) }, () =>
    rate(`rate-${random.below(2)}`, { limit: 2 + random.below(6), perMs: 90 }),
  );
}

function thenOf(random: Random, which: number): (id: string) => Reservation['then'] {
  const carve = { kind: 'carve', currency: 'USD', units: oneOf(random, AMOUNTS) } as const;
  if (which < PARENTS && random.below(2) === 0) return () => carve;
  const expiresInMs = 1 + random.below(80);
  return oneOf<(id: string) => Reservation['then']>(random, [
    () => ({ kind: 'start' }),
    () => ({ kind: 'start' }),
    () => ({ kind: 'hold' }),
    () => ({ ...carve, currency: 'EUR' }),
    (id) => waitFor(`b-${id}`, { expiresInMs }),
  ]);
}

function reserving(random: Random): Act {
  const which = random.below(CALLS);
  const caller = callerOf(random);
  const charges = chargesOf(random, which);
  const then = thenOf(random, which);
  const asked = {
    policies: random.below(2) === 0 ? 'policies-1' : undefined,
    session: random.below(2) === 0 ? { writes: true } : undefined,
    rates: ratesOf(random),
    attempt: attemptOf(random),
    ttlMs: 1 + random.below(60),
    facts: { framework: 'test', nested: [{ ünïcode: '\n"quoted"' }] },
  };
  const staleMs = random.below(20) === 0 ? HOUR_MS : 0;
  return (named) => {
    const id = named(which);
    return ({ store, clock }) => {
      const budgets = charges.map((at) => at(clock.now() + staleMs, named));
      return store.reserve(reservation(id, { ...asked, call: caller(id), then: then(id), budgets }));
    };
  };
}

function amountsOf(random: Random): ReadonlyMap<string, bigint> {
  const amounts = new Map([['USD', oneOf(random, AMOUNTS)]]);
  return random.below(8) === 0 ? amounts : amounts.set('EUR', oneOf(random, AMOUNTS));
}

function settling(random: Random): Act {
  const which = random.below(CALLS);
  const amounts = amountsOf(random);
  const charged = { units: amounts.get('USD') ?? 0n, asset: 'USD/6' };
  return (named) =>
    ({ store }) =>
      orMistake(store.settle({ callId: named(which), charged, amounts, facts: { by: 'test' } }));
}

function ending(random: Random): Act {
  const [which, parent] = [random.below(CALLS), random.below(PARENTS)];
  const attempt = attemptOf(random);
  const actionHash = random.below(6) === 0 ? 'other' : 'action';
  const start = { attempt, actionHash, policies: undefined, ttlMs: 1 + random.below(40) };
  const caller = callerOf(random);
  return oneOf<Act>(random, [
    (named) =>
      ({ store }) =>
        store.release(named(which), { by: 'test' }),
    (named) =>
      ({ store }) =>
        store.withdraw({ id: named(which), attempt }, { by: 'test' }),
    (named) =>
      ({ store }) =>
        store.suspend(named(which), { by: 'test' }),
    (named) =>
      ({ store }) =>
        store.closeCarveOut(named(parent), { by: 'test' }),
    (named) =>
      ({ store }) =>
        store.release(named(parent), {}),
    (named) => (tested) => closed(tested, named(parent)),
    (named) =>
      ({ store }) =>
        store.start(starting(named(which), start)),
    (named) =>
      ({ store }) =>
        store.refuse(refusing(named(which), { call: caller(named(which)), policies: undefined, attempt })),
    () =>
      ({ store }) =>
        store.expire(3),
  ]);
}

function extending(random: Random): Act {
  const which = random.below(CALLS);
  const amounts = amountsOf(random);
  const change = { amounts, ttlMs: 1 + random.below(60), policies: undefined };
  return (named) =>
    ({ store }) =>
      orMistake(store.extend(extension(named(which), amounts.get('USD') ?? 0n, change)));
}

function moving(random: Random): Act {
  const units = oneOf(random, AMOUNTS.slice(1));
  const currency = random.below(8) === 0 ? 'EUR' : 'USD';
  const places = oneOf(random, [
    { from: undefined, to: WALLET },
    { from: undefined, to: WALLET },
    { from: WALLET, to: undefined },
    { from: WALLET, to: 'wallet-2' },
    { from: 'wallet-2', to: WALLET },
  ]);
  const movement = credit(`n${random.below(30)}`, { ...places, units, currency });
  return () =>
    ({ store }) =>
      orMistake(store.move(movement));
}

function revoking(random: Random): Act {
  const subjects = subjectsOf(callerOf(random)('any'));
  const subject = oneOf(random, subjects);
  const reason = oneOf(random, ['lost', 'stolen "keys"\nof eve']);
  const revokes = random.below(3) === 0;
  return () =>
    ({ store }) =>
      revokes ? store.revoke(subject, reason, { by: 'ada' }) : restored({ store }, subjects);
}

/** Lets everybody spend again whom the revocation of a caller may have stopped. */
async function restored({ store }: Pick<Tested, 'store'>, subjects: readonly Subject[]): Promise<unknown> {
  const answers: boolean[] = [];
  for (const subject of subjects) answers.push(await store.restore(subject, { by: 'ada' }));
  return answers;
}

function asking(random: Random): Act {
  const which = random.below(CALLS);
  const charges = chargesOf(random, CALLS);
  const rates = ratesOf(random);
  const budget = oneOf(random, ['budget-0', 'budget-1', 'sliced', 'hour', 'euros', WALLET]);
  return oneOf<Act>(random, [
    () =>
      ({ store }) =>
        store.unfreeze(budget, { by: 'ada' }),
    () =>
      ({ store }) =>
        store.unfreeze(budget, { by: 'ada' }),
    (named) => (tested) => answers(tested, named(which)),
    (named) =>
      ({ store, clock }) =>
        store.status(
          charges.map((at) => at(clock.now(), named)),
          rates,
        ),
  ]);
}

/** Sets money aside, holds some of it for another call, and mostly tries to end the first one at once. */
function delegating(random: Random): Act {
  const [units, amount] = [oneOf(random, AMOUNTS), oneOf(random, AMOUNTS)];
  const [parent, child] = [random.below(PARENTS), PARENTS + random.below(CALLS - PARENTS)];
  const lasting = { policies: undefined, ttlMs: 20 + random.below(60), attempt: attemptOf(random) };
  const ends = random.below(3) > 0;
  return (named) => async (tested) => {
    const then = { kind: 'carve', currency: 'USD', units } as const;
    const budgets = [ofCarveOut(named(parent), amount)];
    return [
      await tested.store.reserve(reservation(named(parent), { ...lasting, then })),
      await tested.store.reserve(reservation(named(child), { ...lasting, budgets })),
      ends ? await closed(tested, named(parent)) : 'goes on',
    ];
  };
}

/** Sets money aside and some of that again, and stops somebody for as long as others ask to spend it. */
function stopping(random: Random): Act {
  const [units, amount] = [oneOf(random, AMOUNTS), oneOf(random, AMOUNTS)];
  const [first, second] = [PARENTS, PARENTS + 1 + random.below(CALLS - PARENTS - 1)];
  const payer = random.below(PARENTS);
  const lasting = { policies: undefined, ttlMs: 20 + random.below(60), attempt: attemptOf(random) };
  const who = { agent: oneOf(random, ['bot', HELPER]), session: oneOf(random, ['s1', 's2']) };
  const subject = oneOf(random, subjectsOf(call('any', who)));
  return (named) =>
    async ({ store }) => {
      const aside = { ...lasting, then: { kind: 'carve', currency: 'USD', units } } as const;
      const again = { call: call(named(1), { agent: HELPER }), budgets: [ofCarveOut(named(0), units)] };
      const spending = (which: number): Reservation => {
        const spender = call(named(which), { agent: 'leaf', session: 's2' });
        const budgets = [ofCarveOut(named(payer), amount)];
        return reservation(named(which), { ...lasting, call: spender, budgets, then: { kind: 'hold' } });
      };
      return [
        await store.reserve(reservation(named(0), aside)),
        await store.reserve(reservation(named(1), { ...aside, ...again })),
        await store.reserve(spending(first)),
        await store.revoke(subject, 'stolen', {}),
        await store.reserve(spending(second)),
        await store.extend(extension(named(first), amount / 2n, { ttlMs: 30, policies: undefined })),
        await store.start(starting(named(first), { attempt: lasting.attempt, policies: undefined })),
        await store.restore(subject, {}),
      ];
    };
}

/** Closes what a call set aside and settles as what was spent of it, which fails while some of it is held. */
async function closed({ store }: Tested, callId: string): Promise<unknown> {
  const status = await store.closeCarveOut(callId, {});
  const units = status?.spent ?? 0n;
  const charged = { units, asset: 'USD/6' };
  const amounts = new Map([
    ['USD', units],
    ['EUR', units],
  ]);
  return [status, await orMistake(store.settle({ callId, charged, amounts, facts: {} }))];
}

async function answers({ store }: Tested, id: string): Promise<unknown> {
  return [
    await store.call(id),
    await store.unresolved(4),
    await store.history(WALLET, { limit: 4 }),
    await store.denials(call(id), 4),
    await store.revocations(3),
    await store.session(call(id)),
  ];
}

const ACTS = [
  reserving,
  reserving,
  reserving,
  reserving,
  settling,
  ending,
  ending,
  extending,
  delegating,
  moving,
  revoking,
  asking,
];
