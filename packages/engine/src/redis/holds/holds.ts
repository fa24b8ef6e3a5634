import type { CarveOutStatus, EndAnswer, Settlement } from '../../nouns/hold.ts';
import { formatMoney } from '../../nouns/money.ts';
import type { HoldStore, PromisedStore } from '../../nouns/store.ts';
import { amountsText, chargesText, endedTogether, ratesText, reservedTogether } from './arguments.ts';
import { ChargeTexts } from './charge-texts.ts';
import { extend } from './extending.ts';
import { factsLine } from './facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { mistakeOf } from './mistakes.ts';
import { move } from './moving.ts';
import { amountOf, listOf, textOf, wholeOf } from '../replies.ts';
import { refuse, reserve } from './reserving.ts';
import { type Answer, run, type Slot } from '../script.ts';
import { CLOSE_CARVE_OUT } from '../scripts/close-carve-out.ts';
import { END } from '../scripts/end.ts';
import { EXPIRE } from '../scripts/expire.ts';
import { CALL, NEXT_DEADLINE, STATUS, UNRESOLVED } from '../scripts/reads.ts';
import { RESERVE } from '../scripts/reserve.ts';
import { UNFREEZE } from '../scripts/unfreeze.ts';
import { budgetStatusesOf, rateStatusesOf } from './statuses.ts';
import { start } from './starting.ts';
import { Together } from './together.ts';
import { moneyText, toldCall } from './told.ts';

/** Everything that holds, spends and returns the money of one slot. */
export function holdsOf(
  slot: Slot,
  names: FieldNames,
): Pick<PromisedStore, Exclude<keyof HoldStore, 'session'> | 'move'> {
  const reserving = new Together(slot, RESERVE, reservedTogether);
  const naming = { names, texts: new ChargeTexts(names) };
  const ending = new Together(slot, END, endedTogether);
  const end = (...args: EndArguments): Promise<EndAnswer> => ended(ending, args);
  return {
    reserve: (reservation) => reserve(reserving, naming, reservation),
    refuse: (refusal) => refuse(slot, names, refusal),
    start: (request) => start(slot, request),
    extend: (extension) => extend(slot, extension),
    settle: async (settlement) => end(settlement.callId, 'settled', ...settled(settlement)),
    release: async (callId, facts) =>
      end(callId, 'released', factsLine({ type: 'call.released', callId, facts }), ''),
    withdraw: async ({ id, attempt }, facts) =>
      end(id, 'withdrawn', factsLine({ type: 'call.released', callId: id, facts }), attempt),
    suspend: async (callId, facts) =>
      end(callId, 'unresolved', factsLine({ type: 'call.unresolved', callId, facts }), ''),
    move: (movement) => move(slot, names, movement),
    async closeCarveOut(callId, facts) {
      const line = factsLine({ type: 'carve-out.closed', callId, facts });
      return carveOutOf(await run(slot, CLOSE_CARVE_OUT, [callId, line]));
    },
    async expire(limit) {
      return wholeOf((await run(slot, EXPIRE, [limit])).rest[0]);
    },
    async nextDeadline() {
      const next = wholeOf((await run(slot, NEXT_DEADLINE, [])).rest[0]);
      return next === -1 ? undefined : next;
    },
    async call(callId) {
      const [told] = (await run(slot, CALL, [callId])).rest;
      return listOf(told).length === 0 ? undefined : toldCall(told);
    },
    async unresolved(limit) {
      return listOf((await run(slot, UNRESOLVED, [limit])).rest[0]).map(toldCall);
    },
    async status(budgets, rates) {
      const answer = await run(slot, STATUS, [chargesText(names, budgets), ratesText(names, rates)]);
      const [budgetFigures, rateFigures] = answer.rest;
      return {
        budgets: budgetStatusesOf(answer, budgets, budgetFigures),
        rates: rateStatusesOf(answer, rates, rateFigures),
      };
    },
    async unfreeze(budgetKey, facts) {
      const line = factsLine({ type: 'budget.unfrozen', facts: { ...facts, budget: budgetKey } });
      return wholeOf((await run(slot, UNFREEZE, [names.of(budgetKey), line])).rest[0]) === 1;
    },
  };
}

/** What the script `end` is told. */
type EndArguments = readonly [
  callId: string,
  comesTo: string,
  facts: string,
  attempt: string,
  amounts?: string,
  charged?: string,
];

function settled({ callId, charged, amounts, facts }: Settlement): readonly [string, string, string, string] {
  const counted = Object.fromEntries([...amounts].map(([currency, units]) => [currency, units.toString()]));
  const told = { ...facts, charged: formatMoney(charged), counted };
  const line = factsLine({ type: 'call.settled', callId, facts: told });
  return [line, '', amountsText(amounts), moneyText(charged)];
}

async function ended(ending: Together, args: EndArguments): Promise<EndAnswer> {
  const [callId, comesTo, facts, attempt, amounts = '', charged = ''] = args;
  const answer = await ending.run([callId, comesTo, facts, attempt, amounts, charged]);
  const { kind, version, rest } = answer;
  const [told, figures, first] = rest;
  switch (kind) {
    case 'unknown-call':
      return { kind, version };
    case 'in-use':
      return { kind, call: toldCall(told), version };
    case 'ended': {
      const call = toldCall(told);
      const budgets = budgetStatusesOf(answer, call.budgets, figures);
      return { kind, first: wholeOf(first) === 1, call, budgets, version };
    }
    default:
      throw mistakeOf(answer);
  }
}

function carveOutOf({ kind, rest }: Answer): CarveOutStatus | undefined {
  if (kind === 'not-carved') return undefined;
  const [told, currency, units, spent, held, closed] = rest;
  return {
    call: toldCall(told),
    currency: textOf(currency),
    units: BigInt(amountOf(units)),
    spent: BigInt(amountOf(spent)),
    held: BigInt(amountOf(held)),
    closed: wholeOf(closed) === 1,
  };
}
