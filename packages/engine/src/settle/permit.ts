import type { AssetTable } from '../nouns/asset.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import type { Call } from '../nouns/call.ts';
import type { Clock } from '../nouns/clock.ts';
import type { Ended, Permit } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import { type Money, type MoneyInput, tryMoney } from '../nouns/money.ts';
import type { BudgetStatus, CallRecord, EndAnswer, HoldStore, RateStatus } from '../nouns/store.ts';

export interface SettleContext {
  readonly store: HoldStore;
  readonly assets: AssetTable;
  readonly clock: Clock;
}

/** A call that has started, as the store told it. */
export interface Started {
  readonly call: Call;
  readonly record: CallRecord;
  readonly budgets: readonly BudgetStatus[];
  readonly rates: readonly RateStatus[];
}

/** What a call cost, and what the journal is told of it. */
export interface Charge {
  readonly charged: MoneyInput;
  readonly facts: JsonObject;
}

/** Waits between tries to write an end that the store could not take. */
const RETRY_MS = 1_000;

/** Tries for about an hour; then the deadline of the hold has made the call unresolved. */
const TRIES = 3_600;

/**
 * Leave to execute. The first end that is asked for is the one that is written: when the store cannot take it, the
 * promise rejects and the permit goes on trying by itself.
 */
export function permitOf(context: SettleContext, { call, record, budgets, rates }: Started): Permit {
  const end = once(context, record.id);
  return {
    call,
    budgets,
    rates,
    settle: (charged = call.price) => end(settlement(context, record, { charged, facts: {} })),
    release: (reason) => end(() => context.store.release(record.id, { reason: bounded(reason) })),
    suspend: (reason) => end(() => context.store.suspend(record.id, { reason: bounded(reason) })),
  };
}

/**
 * The write that settles a call at `charged`. An amount that is none, or that does not count in the currencies of the
 * hold, leaves the outcome open instead: the hold stays.
 */
export function settlement(
  { store, assets }: Pick<SettleContext, 'store' | 'assets'>,
  record: CallRecord,
  { charged, facts }: Charge,
): () => Promise<EndAnswer> {
  const actual = tryMoney(charged);
  const amounts = actual === undefined ? undefined : countIn(assets, record, actual);
  if (actual === undefined || amounts === undefined) {
    return () =>
      store.suspend(record.id, { ...facts, reason: 'the amount it cost is not one that its budgets count' });
  }
  return () => store.settle({ callId: record.id, charged: actual, amounts, facts });
}

/** Text of a reason, short enough for the journal. */
export function bounded(reason: string): string {
  return reason.slice(0, 500).toWellFormed();
}

function countIn(assets: AssetTable, record: CallRecord, actual: Money): Map<string, bigint> | undefined {
  const amounts = new Map<string, bigint>();
  for (const { currency } of record.budgets) {
    const counted = assets.count(actual.units, actual.asset, currency);
    if (counted === undefined) return undefined;
    amounts.set(currency, counted);
  }
  return amounts;
}

function once({ clock }: SettleContext, callId: string): (write: () => Promise<EndAnswer>) => Promise<Ended> {
  let asked: Promise<Ended> | undefined;
  const attempt = async (write: () => Promise<EndAnswer>): Promise<Ended> => {
    const answer = await write();
    if (answer.kind === 'ended') return answer;
    throw new ToriiError('STORE_UNAVAILABLE', `the store no longer knows the call \`${callId}\``);
  };
  const retry = (write: () => Promise<EndAnswer>, left: number): void => {
    if (left > 0) clock.after(RETRY_MS, () => void attempt(write).catch(() => retry(write, left - 1)));
  };
  return (write) => {
    if (asked !== undefined) return asked.then((ended) => ({ ...ended, first: false }));
    asked = attempt(write);
    asked.catch(() => retry(write, TRIES));
    return asked;
  };
}
