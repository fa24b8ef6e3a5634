import type { JsonObject } from '../../nouns/canonical.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { type CallRecord, carveOutKey, type CarveOutStatus, type Settlement } from '../../nouns/hold.ts';
import { formatCurrency } from '../../nouns/money.ts';
import type { Bucket } from '../tables.ts';
import { bucketOf } from './budgets.ts';
import { record, type Step } from './rows.ts';

/** Funds the account of a call that sets money aside. Answers it as the journal keeps it. */
export function setAside(
  { tables }: Step,
  callId: string,
  { currency, units }: { readonly currency: string; readonly units: bigint },
): JsonObject {
  const key = carveOutKey(callId);
  tables.putAccount({ key, currency, funds: units, closed: false });
  const before = tables.bucket(key, 0);
  // An id that is used anew sets aside anew: what its last use spent was settled with it.
  if (before !== undefined) tables.putBucket({ ...before, spent: 0n });
  return { currency, units: units.toString() };
}

/** The call whose account this is. */
export function carveOutCall(key: string): string {
  const parts: unknown = JSON.parse(key);
  const callId: unknown = Array.isArray(parts) ? parts[1] : undefined;
  return typeof callId === 'string' ? callId : '';
}

/** Lets nothing more be held from what a call set aside. Answers undefined for one that set nothing aside. */
export function closeCarveOut(step: Step, callId: string, facts: JsonObject): CarveOutStatus | undefined {
  const call = step.tables.call(callId);
  if (call?.carved === undefined) return undefined;
  close(step, call, facts);
  const { spent, held } = bucketFor(step, call);
  const { funds, closed } = step.tables.account(carveOutKey(callId)) ?? { funds: 0n, closed: true };
  return { call, currency: call.carved, units: funds, spent, held, closed };
}

/** The same in the course of another step. Recorded the first time; does nothing for a call that set nothing aside. */
export function close(step: Step, call: CallRecord, facts: JsonObject): void {
  const account = call.carved === undefined ? undefined : step.tables.account(carveOutKey(call.id));
  if (account === undefined || account.closed) return;
  step.tables.putAccount({ ...account, closed: true });
  const { spent, held } = bucketFor(step, call);
  record(step, {
    type: 'carve-out.closed',
    callId: call.id,
    facts: { ...facts, spent: spent.toString(), held: held.toString() },
  });
}

/** Whether delegated agents may still spend from what the call set aside, or hold some of it. */
export function isInUse(step: Step, call: CallRecord): boolean {
  if (call.carved === undefined) return false;
  const closed = step.tables.account(carveOutKey(call.id))?.closed ?? true;
  return !closed || bucketFor(step, call).held > 0n;
}

/** The same, or whether they spent some of it, so that the parent cannot end as if nothing had happened. */
export function isInUseOrSpent(step: Step, call: CallRecord): boolean {
  return isInUse(step, call) || (call.carved !== undefined && bucketFor(step, call).spent > 0n);
}

/** Throws MONEY_INVALID for a settlement of less than was spent of what the call set aside. */
export function requireAllSpent(step: Step, call: CallRecord, amounts: Settlement['amounts']): void {
  if (call.carved === undefined) return;
  const { spent } = bucketFor(step, call);
  if ((amounts.get(call.carved) ?? 0n) >= spent) return;
  throw belowSpent(spent, call.carved);
}

/** Thrown for a settlement of less than was spent of what the call set aside. */
export function belowSpent(spent: bigint, currency: string): ToriiError {
  return new ToriiError(
    'MONEY_INVALID',
    `expected at least \`${formatCurrency(spent, currency)}\`, which was spent of what the call set aside`,
  );
}

function bucketFor({ tables }: Step, { id }: CallRecord): Bucket {
  return bucketOf(tables, { key: carveOutKey(id), startMs: 0 });
}
