import { MAX_UNITS } from '../../nouns/asset.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import { type CallIdentity, carveOutKey, type Reservation } from '../../nouns/hold.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { carveOutCall } from '../../stores/transitions/carve-outs.ts';
import { sliceMs } from '../../stores/transitions/rows.ts';
import { approvalArgument } from '../people/approval-words.ts';
import type { ChargeTexts } from './charge-texts.ts';
import type { FieldNames } from '../keys.ts';
import type { Argument } from '../script.ts';
import { stateOf } from './words.ts';

/** A lifetime has no end: as far as Redis counts exactly. */
const FOREVER = Number.MAX_SAFE_INTEGER;

/** What a refusal begins with: whose call it is, and who asks. */
export function identityArguments(
  names: FieldNames,
  { call, policies, attempt, session }: Pick<Reservation, 'call' | 'policies' | 'attempt' | 'session'>,
): readonly Argument[] {
  const { id, requestHash, fingerprint = '' } = call;
  return [id, requestHash, fingerprint, policies ?? '', attempt, names.ofSubjects(call), useOf(session)];
}

function useOf(session: Reservation['session']): string {
  if (session === undefined) return '';
  return session.writes ? 'w' : 'r';
}

/** What the script `reserve` is told: `words` for whoever reads the call, and its charges as the script reads them. */
export function reserveArguments(
  names: FieldNames,
  reservation: Reservation,
  { words, charges }: { readonly words: string; readonly charges: string },
): readonly Argument[] {
  const { id, requestHash, fingerprint = '' } = reservation.call;
  const terms = termsText(names, reservation, charges);
  return [id, requestHash, fingerprint, reservation.attempt, words, terms, specialOf(names, reservation)];
}

/** Where the terms of a reservation are among its arguments. */
const TERMS = 5;

/** The arguments of reservations one after the other, without terms that are those of the one before. */
export function reservedTogether(steps: readonly (readonly Argument[])[]): readonly Argument[] {
  const all: Argument[] = [];
  let before: Argument | undefined;
  for (const args of steps) {
    const terms = args[TERMS];
    for (let place = 0; place < args.length; place++)
      all.push(place === TERMS && terms === before ? '' : (args[place] ?? ''));
    before = terms;
  }
  return all;
}

/** The arguments of ends one after the other. */
export function endedTogether(steps: readonly (readonly Argument[])[]): readonly Argument[] {
  return steps.flat();
}

/** What arguments are made with. */
export interface Naming {
  readonly names: FieldNames;
  readonly texts: ChargeTexts;
}

/** What many reservations have in common, as the script `reserve` reads it. */
function termsText(names: FieldNames, reservation: Reservation, charges: string): string {
  const { call, policies, session, budgets, rates, then, ttlMs } = reservation;
  let [fromMs, untilMs] = [0, FOREVER];
  for (const { startMs, endMs = FOREVER } of budgets) {
    fromMs = Math.max(fromMs, startMs);
    untilMs = Math.min(untilMs, endMs);
  }
  const waitsMs = then.kind === 'wait' ? then.approval.expiresInMs : ttlMs;
  const span = `"${stateOf(reservation)}",${waitsMs},${fromMs},${untilMs}`;
  const whose = `${JSON.stringify(policies ?? '')},"${names.ofSubjects(call)}","${useOf(session)}"`;
  requireFew(budgets);
  return `[${span},${whose},[${charges}],${ratesText(names, rates)}]`;
}

function specialOf(names: FieldNames, reservation: Reservation): string {
  const { call, then } = reservation;
  if (then.kind === 'carve') return `${accountName(names, call)}${exactUnits(then.units)} ${then.currency}`;
  return approvalArgument(reservation, names);
}

function accountName(names: FieldNames, { id }: Pick<CallIdentity, 'id'>): string {
  return names.of(carveOutKey(id));
}

/** Most charges, and most rates, of one call: Lua hands a command no more arguments than a few thousand. */
const MOST_CHARGES = 500;

/** Charges as the scripts read them: six values each, in one list. Throws MONEY_INVALID for too many of them. */
export function chargesText(names: FieldNames, budgets: readonly BudgetCharge[]): string {
  requireFew(budgets);
  return JSON.stringify(budgets.flatMap((charge) => chargeTerms(names, charge)));
}

/** One charge as the scripts read it. Throws MONEY_INVALID for what no store counts exactly. */
export function chargeTerms(names: FieldNames, charge: BudgetCharge): readonly (string | number | false)[] {
  const { key, startMs, endMs, rollingMs, amount, limit, account, alerts = [] } = charge;
  const name = names.of(key);
  const units = exactUnits(amount);
  const currency = charge.currency + alerts.map(({ percent, units: at }) => ` ${percent} ${at}`).join('');
  if (account === 'wallet') return [`${name}:0 `, units, 'w', false, false, currency];
  if (account === 'carve-out') {
    return [`${name}:0 `, units, `c${carveOutCall(key)}`, false, false, currency];
  }
  if (rollingMs === undefined) {
    return [`${name}:${startMs} `, units, exactUnits(limit), false, false, currency];
  }
  // A slice without an end counts for ever.
  const countsMs = endMs === undefined ? FOREVER : rollingMs + endMs - startMs;
  return [`${name}~`, units, exactUnits(limit), startMs, countsMs, currency];
}

/** Rates as the scripts read them: four values each, in one list. */
export function ratesText(names: FieldNames, rates: readonly RateCharge[]): string {
  requireFew(rates);
  if (rates.length === 0) return '[]';
  return JSON.stringify(
    rates.flatMap((charge) => [`${names.of(charge.key)}%`, sliceMs(charge), charge.perMs, charge.limit]),
  );
}

function requireFew({ length }: readonly unknown[]): void {
  if (length > MOST_CHARGES)
    throw new ToriiError(
      'MONEY_INVALID',
      `expected at most ${MOST_CHARGES} charges of one call, got \`${length}\``,
    );
}

/** Amounts by currency, without those that are none: a script misses them where it needs them. */
export function amountsText(amounts: ReadonlyMap<string, bigint>): string {
  const valid = [...amounts].filter(([, units]) => units >= 0n && units <= MAX_UNITS);
  return JSON.stringify(Object.fromEntries(valid.map(([currency, units]) => [currency, Number(units)])));
}

/** A number that is exactly the amount. Throws MONEY_INVALID for what no store counts exactly. */
export function exactUnits(units: bigint): number {
  if (units < 0n || units > MAX_UNITS)
    throw new ToriiError('MONEY_INVALID', `expected at most ${MAX_UNITS} units, got \`${units}\``);
  return Number(units);
}
