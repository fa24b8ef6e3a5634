import type { JsonObject } from '../../nouns/canonical.ts';
import type { EntryType, Event } from '../../nouns/entry.ts';
import { formatMoney } from '../../nouns/money.ts';
import { alertEvent } from '../../stores/transitions/alerts.ts';
import { whoAndWhat, written } from '../../stores/transitions/rows.ts';
import { denialOf, raisesOf } from './denied.ts';
import { unavailable } from '../connection/failures.ts';
import { extendedBy, extensionOf, type Words, wordsOf } from './words.ts';

/**
 * The event that a line of the journal stands for. Most lines hold their facts as JSON; what a script decided by itself
 * is a line of figures above the caller's own words, and is put into sentences here.
 */
export function eventOf(type: string, callId: string, text: string): Event {
  const entryType = type as EntryType;
  const facts = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : factsOf(entryType, callId, text);
  return callId === '' ? { type: entryType, facts } : { type: entryType, callId, facts };
}

function factsOf(type: EntryType, callId: string, text: string): JsonObject {
  const lines = text.split('\n');
  switch (type) {
    case 'call.reserved':
      return reservedFacts(wordsOf(text));
    case 'call.denied':
      return text.startsWith('x') ? notExtendedFacts(callId, lines) : deniedFacts(callId, lines);
    case 'call.extended':
      return extendedFacts(lines);
    case 'carve-out.closed':
      return closedFacts(lines);
    case 'budget.frozen':
      return frozenFacts(lines);
    case 'budget.threshold_reached':
      return alertFacts(callId, lines);
    default:
      throw unavailable(`the journal in redis has a line of type \`${type}\` that nobody can read`);
  }
}

/** What the journal says of a reservation. */
export function reservedFacts({ call, state, carved, budgets, facts }: Words): JsonObject {
  const held = { ...facts, ...whoAndWhat(call), state, charges: budgets.map(written) };
  return carved === undefined ? held : { ...held, carved };
}

function deniedFacts(callId: string, [figures = '', line = '']: readonly string[]): JsonObject {
  const words = wordsOf(line);
  const { code, message } = denialOf(figures, { callId, words });
  return { ...words.facts, ...whoAndWhat(words.call), code, message };
}

function notExtendedFacts(callId: string, lines: readonly string[]): JsonObject {
  const [figures = '', asked = '', before = '', line = ''] = lines;
  const words = wordsOf(line);
  const { price, amounts, facts } = extensionOf(asked);
  const budgets = before === '' ? words.budgets : extendedBy(words.budgets, extensionOf(before));
  const extended = { callId, words: { ...words, budgets }, raises: raisesOf(budgets, amounts) };
  const { code, message } = denialOf(figures.slice(1), extended);
  return { ...facts, ...whoAndWhat({ ...words.call, price }), code, message, extension: true };
}

function extendedFacts([asked = '', line = '']: readonly string[]): JsonObject {
  const { price, amounts, facts } = extensionOf(asked);
  const charges = extendedBy(wordsOf(line).budgets, { amounts }).map(written);
  return { ...facts, price: formatMoney(price), charges };
}

function closedFacts([figures = '', facts = '']: readonly string[]): JsonObject {
  const [spent = 0, held = 0] = JSON.parse(figures) as readonly number[];
  return { ...(JSON.parse(facts) as JsonObject), spent: spent.toString(), held: held.toString() };
}

function frozenFacts([figures = '', line = '']: readonly string[]): JsonObject {
  const [which = -1] = JSON.parse(figures) as readonly number[];
  const charge = wordsOf(line).budgets[which];
  if (charge === undefined) throw unavailable('the journal in redis names a charge that no call has');
  const { key, startMs, policy, clause } = charge;
  return { budget: key, startMs, policy, clause };
}

function alertFacts(callId: string, [figures = '', line = '']: readonly string[]): JsonObject {
  const [place, percent, spent] = JSON.parse(figures) as readonly [number, number, string];
  const charge = wordsOf(line).budgets[place];
  if (charge === undefined) throw unavailable('the journal in redis has an alert of no budget');
  return alertEvent(callId, charge, { percent, spent: BigInt(spent) }).facts;
}
