import { canonicalJson } from '../../nouns/canonical.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import { carveOutKey } from '../../nouns/hold.ts';
import { type Money, money } from '../../nouns/money.ts';
import { subjectKey } from '../../nouns/revocation.ts';
import { KEPT_AFTER_END_MS } from '../../stores/transitions/expire.ts';
import { chargesText } from '../holds/arguments.ts';
import type { FieldNames } from '../keys.ts';
import { wordsLine } from '../holds/words.ts';
import type { Books, KnownCall } from './books.ts';
import type { WrittenCharge } from './journal-facts.ts';

/** The newest denials of an agent that can be found. */
const DENIALS_KEPT = 1_000;

/** One row as the script `put` takes it: its kind, and up to three values. */
export type Row = readonly [kind: string, first: string, second: string, third: string];

/** What rows are made with. */
export interface RowContext {
  readonly names: FieldNames;

  /** The time of the last entry, milliseconds since 1970. */
  readonly nowMs: number;
}

/** Everything that was added up, as Redis keeps it. */
export function* rowsOf(books: Books, context: RowContext): Generator<Row> {
  yield* counterRows(books, context);
  yield* accountRows(books, context);
  for (const key of frozenKeys(books)) {
    yield ['f', `${context.names.of(key)}!`, '1', ''];
    yield ['f', `${context.names.of(key)}?`, '1', ''];
  }
  yield* revocationRows(books, context);
  for (const call of books.knownCalls(context.nowMs)) yield* callRows(call, context);
  for (const [id, { from, to, currency, units }] of books.movements)
    yield ['m', id, canonicalJson([from ?? null, to ?? null, currency, units.toString()]), ''];
  for (const { wallet, seq } of books.histories)
    yield ['i', `h${context.names.of(wallet)}${placeOf(seq)}`, '', ''];
  yield* denialRows(books, context);
}

/** The keys of the budgets and accounts that let nothing out: all of them. */
export function frozenKeys(books: Books): ReadonlySet<string> {
  return new Set([...books.frozen, ...books.totals.keys(), ...books.accounts.keys()]);
}

function* counterRows(books: Books, { names }: RowContext): Generator<Row> {
  for (const [key, windows] of books.totals) {
    const name = names.of(key);
    if (books.rolling.has(key)) {
      const slices = [...windows].sort(([one], [other]) => one - other);
      const figures = slices.flatMap(([startMs, { spent, held }]) => [startMs, Number(spent), Number(held)]);
      yield ['p', `${name}~`, JSON.stringify(figures), ''];
      continue;
    }
    for (const [startMs, { spent, held }] of windows) {
      yield ['f', `${name}:${startMs} s`, spent.toString(), ''];
      yield ['f', `${name}:${startMs} h`, held.toString(), ''];
    }
  }
}

function* accountRows(books: Books, { names }: RowContext): Generator<Row> {
  for (const [key, { currency, funds, closed }] of books.accounts) {
    const field = `${names.of(key)}:0 `;
    yield ['f', `${field}f`, funds.toString(), ''];
    yield ['f', `${field}c`, currency, ''];
    if (closed) yield ['f', `${field}x`, '1', ''];
  }
}

function* revocationRows(books: Books, { names }: RowContext): Generator<Row> {
  for (const { subject, reason, at, seq } of books.revocations.values()) {
    const name = names.of(subjectKey(subject));
    const place = placeOf(seq);
    yield ['p', `${name}#`, JSON.stringify({ place, at, subject: JSON.stringify(subject), reason }), ''];
    yield ['i', `r${place}${name}`, '', ''];
  }
}

function* callRows(call: KnownCall, { names }: RowContext): Generator<Row> {
  const { id, caller, endedAt, createdAt, seq } = call;
  const place = placeOf(seq);
  // Nobody can say whether the money of an open call was spent meanwhile, so an operator has to.
  const state = endedAt === undefined ? 'unresolved' : call.state;
  const charges = call.charges.map(chargeOf);
  const carved = call.carved === undefined ? 'false' : JSON.stringify(names.of(carveOutKey(id)));
  // No request has an empty hash: whoever repeats the id is told that it belongs to another request, and runs nothing.
  const row = `["${state}","",${createdAt},false,${endedAt ?? 'false'},false,"",false,${chargesText(names, charges)},"${place}",${JSON.stringify(names.ofSubjects(caller))},false,false,false,${carved}]`;
  yield ['c', id, row, wordsOf(call, charges)];
  if (endedAt === undefined) yield ['i', `u${place}${id}`, '', ''];
  else yield ['k', `c${id}`, String(endedAt + KEPT_AFTER_END_MS), ''];
}

function wordsOf({ id, caller, tool, price, carved }: KnownCall, budgets: readonly BudgetCharge[]): string {
  const call = { id, ...caller, tool, price: moneyOf(price), requestHash: '', fingerprint: undefined };
  if (carved === undefined) return wordsLine({ call, budgets, facts: {} });
  return wordsLine({ call, then: { kind: 'carve', ...carved }, budgets, facts: {} });
}

function* denialRows(books: Books, { names }: RowContext): Generator<Row> {
  const found = new Map<string, number>();
  for (const { agent, seq } of books.denials.toReversed()) {
    const name = names.of(subjectKey({ kind: 'agent', ...agent }));
    const count = (found.get(name) ?? 0) + 1;
    found.set(name, count);
    if (count <= DENIALS_KEPT) yield ['i', `d${name}${placeOf(seq)}`, '', ''];
  }
}

/** What the journal does not say of a charge is how it was worded, which nothing is decided by. */
function chargeOf({
  budget,
  startMs,
  endMs,
  rollingMs,
  currency,
  amount,
  account,
}: WrittenCharge): BudgetCharge {
  const span = { startMs, endMs, rollingMs };
  const words = { policy: '', clause: '', scope: 'agent', window: 'lifetime' } as const;
  const charge = { key: budget, ...words, ...span, currency, limit: 0n, amount };
  return account === undefined ? charge : { ...charge, account };
}

function moneyOf(price: string): Money {
  try {
    return money(price);
  } catch {
    return { units: 0n, asset: 'USD/2' };
  }
}

function placeOf(seq: number): string {
  return String(seq).padStart(16, '0');
}
