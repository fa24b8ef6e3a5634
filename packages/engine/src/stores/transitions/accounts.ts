import { MAX_UNITS } from '../../nouns/asset.ts';
import type { Entry, EntryType, Event } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { CallRecord } from '../../nouns/hold.ts';
import type { Movement, MoveAnswer } from '../../nouns/wallet.ts';
import type { Account, KeptMovement } from '../tables.ts';
import { bucketOf, isFrozen } from './budgets.ts';
import { record, type Step } from './rows.ts';

/** What became of a movement, before anybody says when. */
export type MoveResult = MoveAnswer extends infer Answer
  ? Answer extends { readonly version: number }
    ? Omit<Answer, 'version'>
    : never
  : never;

/** Moves money into a wallet, out of one or between two, whole or not at all. */
export function move(step: Step, movement: Movement): MoveResult {
  requireMovement(movement);
  const { id, from, to, currency, units } = movement;
  const known = step.tables.movement(id);
  if (known !== undefined) {
    return isSame(known, movement) ? { kind: 'moved', first: false } : { kind: 'conflict' };
  }
  const [source, target] = [accountOf(step, from, currency), accountOf(step, to, currency)];
  if (source !== undefined) {
    if (isFrozen(step.tables, source.key)) return { kind: 'frozen' };
    const left = leftOf(step, source);
    if (left < units) return { kind: 'insufficient', left };
  }
  if (target !== undefined && target.funds + units > MAX_UNITS) return { kind: 'too-much' };

  step.tables.addMovement({ id, from, to, currency, units });
  if (source !== undefined) step.tables.putAccount({ ...source, funds: source.funds - units });
  if (target !== undefined) step.tables.putAccount({ ...target, funds: target.funds + units });
  post(step, movement);
  return { kind: 'moved', first: true };
}

/** Entries that moved money into or out of a wallet: newest first. */
export function history(
  { tables }: Step,
  walletKey: string,
  { beforeSeq = Infinity, limit }: { readonly beforeSeq?: number; readonly limit: number },
): readonly Entry[] {
  return tables.history(walletKey, Math.min(beforeSeq, Number.MAX_SAFE_INTEGER), limit);
}

/** Puts the last entry of the journal, which settled the call, into the history of each wallet that paid for it. */
export function noteSpending({ tables }: Step, call: CallRecord): void {
  for (const { key, account } of call.budgets) {
    if (account === 'wallet') tables.addToHistory(key, tables.head().seq);
  }
}

/** Fails closed for what would make or lose money: the engine asks for nothing of that kind. */
export function requireMovement({ from, to, units }: Movement): void {
  if (units <= 0n || units > MAX_UNITS) {
    throw new ToriiError('MONEY_INVALID', `expected 1 to ${MAX_UNITS} units to move, got \`${units}\``);
  }
  if (from === to) throw new ToriiError('MONEY_INVALID', 'expected a movement between two different places');
}

function isSame(known: KeptMovement, { from, to, currency, units }: Movement): boolean {
  return known.from === from && known.to === to && known.currency === currency && known.units === units;
}

/** The wallet as it is, empty where it was never funded; undefined for what is outside. */
function accountOf({ tables }: Step, key: string | undefined, currency: string): Account | undefined {
  if (key === undefined) return undefined;
  const account = tables.account(key) ?? { key, currency, funds: 0n, closed: false };
  if (account.currency === currency) return account;
  throw otherCurrency(account.currency, currency);
}

/** Thrown for a movement in another currency than the wallet counts in. */
export function otherCurrency(expected: string, got: string): ToriiError {
  return new ToriiError(
    'MONEY_INVALID',
    `expected a movement in \`${expected}\`, which the wallet counts in, got \`${got}\``,
  );
}

function leftOf({ tables }: Step, { key, funds }: Account): bigint {
  const { spent, held } = bucketOf(tables, { key, startMs: 0 });
  const left = funds - spent - held;
  return left < 0n ? 0n : left;
}

/** What the journal keeps of a movement: two legs that sum to nothing. */
export function movedEvent({ id, from, to, currency, units, facts }: Movement): Event {
  const legs = [
    { account: from ?? OUTSIDE, units: `-${units}` },
    { account: to ?? OUTSIDE, units: units.toString() },
  ];
  return { type: typeOf(from, to), facts: { ...facts, movement: id, currency, legs } };
}

function post(step: Step, movement: Movement): void {
  record(step, movedEvent(movement));
  for (const key of [movement.from, movement.to]) {
    if (key !== undefined) step.tables.addToHistory(key, step.tables.head().seq);
  }
}

/** The account of everything that is no wallet. */
const OUTSIDE = 'outside';

function typeOf(from: string | undefined, to: string | undefined): EntryType {
  if (from === undefined) return 'wallet.credited';
  return to === undefined ? 'wallet.debited' : 'wallet.transferred';
}
