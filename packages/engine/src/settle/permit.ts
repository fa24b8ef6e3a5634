import { within } from '../nouns/deadline.ts';
import type { AssetTable } from '../nouns/asset.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import type { Call } from '../nouns/call.ts';
import type { Clock } from '../nouns/clock.ts';
import { deny, type Denial } from '../nouns/denial.ts';
import type { Ended, Extended, Permit } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import { type Money, type MoneyInput, tryMoney } from '../nouns/money.ts';
import type { BudgetStatus, RateStatus } from '../nouns/charge.ts';
import type { CallRecord, EndAnswer } from '../nouns/hold.ts';
import { known, type MaybePromise, promiseOf, type Steps } from '../nouns/steps.ts';
import type { Store } from '../nouns/store.ts';
import type { UnderWay } from './under-way.ts';

export interface SettleContext {
  readonly store: Store;
  readonly assets: AssetTable;
  readonly clock: Clock;

  /** How long somebody waits for an end to be written, in milliseconds. */
  readonly storeTimeoutMs: number;
  readonly underWay: UnderWay;

  /** Told that something was written that people may want to hear of. */
  readonly wake: (store: Store) => void;
}

/** A call that has started, as the store told it. */
export interface Started {
  readonly call: Call;
  readonly record: CallRecord;
  readonly budgets: readonly BudgetStatus[];
  readonly rates: readonly RateStatus[];

  /** Asks policy and store for another price and more time. Never rejects. */
  readonly extend: (asked: AskedMore) => Promise<Extended | Denial>;
}

/** What a call that runs may cost in all from now on, and for how long it may run. */
export interface AskedMore {
  readonly price: MoneyInput;

  /** In milliseconds; as every call where undefined. */
  readonly forMs: number | undefined;

  /** What is held for it now. */
  readonly current: Money;

  /** The most that it was ever allowed to cost: up to there nobody has to be asked again. */
  readonly granted: Money;
}

/** What a call cost, and what the journal is told of it. */
export interface Charge {
  readonly charged: Money;
  readonly facts: JsonObject;
}

/** Asks the store for the end of one call. */
export type Write = () => MaybePromise<EndAnswer>;

/** How a call ends, and who is told once that is written. */
interface Ending {
  readonly write: Write;
  readonly done: () => void;

  /** How often it is tried again. */
  readonly left: number;
}

/** Waits between tries to write an end that the store could not take. */
const RETRY_MS = 1_000;

/** Tries for about an hour; then the deadline of the hold has made the call unresolved. */
const TRIES = 3_600;

/**
 * Leave to execute. The first end that is asked for is the one that is written: when the store cannot take it, or not in
 * time, the promise rejects and the permit goes on trying by itself. An amount that is none, or that does not count in the
 * currencies of the hold, leaves the outcome open instead: the hold stays.
 */
export function permitOf(context: SettleContext, started: Started): Permit {
  const { call, record, budgets, rates } = started;
  const { store, clock, storeTimeoutMs } = context;
  const ended = context.underWay.begin();
  let price = record.price;
  let granted = price;
  let first: Promise<Ended> | undefined;
  let isOver = false;
  const done = (): void => {
    isOver = true;
    ended();
  };
  const suspend =
    (reason: string): Write =>
    () =>
      store.suspend(record.id, { reason: bounded(reason) });
  const settle = (charged: MoneyInput): Write => {
    const actual = tryMoney(charged);
    const write =
      actual === undefined ? undefined : settlement(context, record, { charged: actual, facts: {} });
    return write ?? suspend('the amount it cost is not one that its budgets count');
  };
  const end = (write: Write): Promise<Ended> => {
    const repeat = first?.then((answer) => ({ ...answer, first: false }));
    first ??= promiseOf(persist(context, record, { write, done, left: TRIES }));
    const answer = repeat ?? first;
    return isOver ? answer : within(clock, storeTimeoutMs, answer);
  };
  const extend = inOrder(async (more: Parameters<Permit['extend']>[0]): Promise<Extended | Denial> => {
    if (first !== undefined) return over(record.id);
    const answer = await started.extend({
      price: more.price ?? price,
      forMs: more.forMs,
      current: price,
      granted,
    });
    if (answer.kind !== 'extended') return answer;
    price = answer.price;
    if (price.asset === granted.asset && price.units > granted.units) granted = price;
    return answer;
  });
  return {
    call,
    budgets,
    rates,
    extend,
    settle: (charged = price) => end(settle(charged)),
    release: (reason) => end(() => store.release(record.id, { reason: bounded(reason) })),
    suspend: (reason) => end(suspend(reason)),
  };
}

/** The same function for one caller after the other: what was granted last is what the store granted last. */
function inOrder<Asked, Answer>(ask: (asked: Asked) => Promise<Answer>): (asked: Asked) => Promise<Answer> {
  let last: Promise<unknown> | undefined;
  return (asked) => {
    const answer = last === undefined ? ask(asked) : last.then(() => ask(asked));
    last = answer.catch(() => undefined);
    return answer;
  };
}

function over(callId: string): Denial {
  return { ...deny('CALL_ENDED', 'this call is over; a call that has ended costs nothing more'), callId };
}

/** The write that settles a call at `charged`; undefined where that does not count in the currencies of its hold. */
export function settlement(
  { store, assets }: Pick<SettleContext, 'store' | 'assets'>,
  record: CallRecord,
  { charged, facts }: Charge,
): Write | undefined {
  const amounts = amountsIn(assets, record, charged);
  return amounts && (() => store.settle({ callId: record.id, charged, amounts, facts }));
}

/** Text of a reason, short enough for the journal. */
export function bounded(reason: string): string {
  return String(reason).slice(0, 500).toWellFormed();
}

/** An amount in each currency that the hold counts in; undefined where it does not count in one of them. */
export function amountsIn(
  assets: AssetTable,
  { budgets, carved }: CallRecord,
  { units, asset }: Money,
): ReadonlyMap<string, bigint> | undefined {
  const amounts = new Map<string, bigint>();
  for (const currency of [
    ...budgets.map((charge) => charge.currency),
    ...(carved === undefined ? [] : [carved]),
  ]) {
    const counted = assets.count(units, asset, currency);
    if (counted === undefined) return undefined;
    amounts.set(currency, counted);
  }
  return amounts;
}

/** Whether an end may have written what people are told of: nobody knows its cost, or a budget froze or is past an alert. */
function concernsPeople({ budgets: charges }: CallRecord, { call, budgets }: EndedAnswer): boolean {
  if (call.state === 'unresolved' || budgets.some(({ frozen }) => frozen)) return true;
  const spentOf = (name: string): bigint => budgets.find(({ key }) => key === name)?.spent ?? 0n;
  // Which of several calls passed it only the journal says; one look too many at that costs little.
  return charges.some(({ key, alerts: [first] = [] }) => first !== undefined && spentOf(key) >= first.units);
}

type EndedAnswer = Extract<EndAnswer, { kind: 'ended' }>;

/** Writes an end until the store has taken it. The steps are those of the first try. */
function* persist(context: SettleContext, record: CallRecord, end: Ending): Steps<Ended> {
  const { clock, store, wake } = context;
  const { left } = end;
  let answer: EndAnswer;
  try {
    answer = yield* known(end.write());
  } catch (error) {
    const again = (): Promise<unknown> => promiseOf(persist(context, record, { ...end, left: left - 1 }));
    if (left === 0) end.done();
    else clock.after(RETRY_MS, () => void again().catch(() => undefined));
    throw error;
  }
  end.done();
  if (answer.kind !== 'ended')
    throw new ToriiError('STORE_UNAVAILABLE', `the store no longer knows the call \`${record.id}\``);
  if (concernsPeople(record, answer)) wake(store);
  return answer;
}
