import { canonicalJson } from '../../nouns/canonical.ts';
import type { CallRecord, RefusalRequest, Reservation, ReserveAnswer } from '../../nouns/hold.ts';
import { isFresh } from '../../stores/transitions/reserve.ts';
import { whoAndWhat } from '../../stores/transitions/rows.ts';
import { identityArguments, type Naming, reserveArguments } from './arguments.ts';
import { denialOf } from './denied.ts';
import { factsLine } from './facts-line.ts';
import { eventOf } from './facts.ts';
import { unavailable } from '../connection/failures.ts';
import type { FieldNames } from '../keys.ts';
import { requireWritable } from '../journal/linking.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import { type Answer, run, type Slot } from '../script.ts';
import { REFUSE } from '../scripts/refuse.ts';
import { budgetStatusesOf, rateStatusesOf } from './statuses.ts';
import type { Together } from './together.ts';
import { toldCall } from './told.ts';
import { stateOf, wordsLine } from './words.ts';

/** Holds every charge or none, in one round trip that it shares with whoever asks in the same turn. */
export async function reserve(
  reserving: Together,
  naming: Naming,
  reservation: Reservation,
): Promise<ReserveAnswer> {
  const charges = naming.texts.of(reservation.budgets);
  const line = wordsLine(reservation, charges.words);
  requireLinkable(reservation.call.id, line);
  const answer = await reserving.run(
    reserveArguments(naming.names, reservation, { words: line, charges: charges.terms }),
  );
  const { kind, version, rest } = answer;
  switch (kind) {
    case 'reserved': {
      const call = reservedCall(reservation, answer);
      const firstRate = 1 + wholeOf(rest[0]);
      const budgets = budgetStatusesOf(answer, call.budgets, rest.slice(1, firstRate));
      const rates = rateStatusesOf(answer, reservation.rates, rest.slice(firstRate));
      return { kind, fresh: true, call, budgets, rates, version };
    }
    case 'refused': {
      const callId = reservation.call.id;
      return {
        kind,
        fresh: true,
        callId,
        denial: denialOf(textOf(rest[0]), { callId, words: reservation }),
        version,
      };
    }
    default:
      return knownOr(answer, reservation);
  }
}

/** Keeps the denial that policy gave. */
export async function refuse(slot: Slot, names: FieldNames, refusal: RefusalRequest): Promise<ReserveAnswer> {
  const { call, denial, facts } = refusal;
  const { code, message } = denial;
  const told = { ...facts, ...whoAndWhat(call), code, message };
  const answer = await run(slot, REFUSE, [
    ...identityArguments(names, refusal),
    wordsLine({ call, facts: {} }),
    JSON.stringify(denial),
    code,
    factsLine({ type: 'call.denied', callId: call.id, facts: told }),
  ]);
  if (answer.kind !== 'refused') return knownOr(answer, { ...refusal, rates: [] });
  const callId = textOf(answer.rest[0]);
  return { kind: 'refused', fresh: true, callId, denial: { ...denial, callId }, version: answer.version };
}

/** What was answered to a request that changed nothing. */
function knownOr(answer: Answer, request: Pick<Reservation, 'attempt' | 'rates'>): ReserveAnswer {
  const { kind, version, now, rest } = answer;
  switch (kind) {
    case 'repeated':
      return repeated(answer, request);
    case 'conflict':
      return { kind, callId: textOf(rest[0]), version };
    case 'stale-window':
      return { kind, nowMs: now, version };
    case 'stale-policies':
      return { kind, active: textOf(rest[0]), version };
    default:
      throw unavailable('redis answered something unexpected');
  }
}

function repeated(answer: Answer, request: Pick<Reservation, 'attempt' | 'rates'>): ReserveAnswer {
  const { version, rest } = answer;
  const [told, budgetFigures, rateFigures = []] = rest;
  const call = toldCall(told);
  const fresh = isFresh(call, request);
  if (call.state === 'denied' && call.denial !== undefined)
    return { kind: 'refused', fresh, callId: call.id, denial: call.denial, version };
  const budgets = budgetStatusesOf(answer, call.budgets, budgetFigures);
  const rates = rateStatusesOf(answer, request.rates, listOf(rateFigures));
  return { kind: 'reserved', fresh, call, budgets, rates, version };
}

/** The record that a reservation made, as everybody else is told it. */
function reservedCall(reservation: Reservation, { now }: Answer): CallRecord {
  const { call, attempt, budgets, then, ttlMs } = reservation;
  const { id, fingerprint, requestHash, issuer, tenant, owner, agent, session, tool, price, carveOut } = call;
  const waitsMs = then.kind === 'wait' ? then.approval.expiresInMs : ttlMs;
  const record = {
    id,
    fingerprint,
    requestHash,
    issuer,
    tenant,
    owner,
    agent,
    session,
    tool,
    price,
    attempt,
    state: stateOf(reservation),
    budgets,
    approvalId: then.kind === 'wait' ? then.approval.id : undefined,
    denial: undefined,
    charged: undefined,
    createdAt: now,
    deadlineMs: now + waitsMs,
    endedAt: undefined,
  };
  if (then.kind !== 'carve' && carveOut === undefined) return record;
  return {
    ...record,
    ...(carveOut === undefined ? {} : { carveOut }),
    ...(then.kind === 'carve' ? { carved: then.currency } : {}),
  };
}

/** Shorter lines cannot be too large for the journal whatever is in them. */
const SURELY_SMALL = 8_000;

/** A line that could never be linked would end the journal for good, so it is not written. */
function requireLinkable(callId: string, line: string): void {
  if (line.length < SURELY_SMALL && callId.length < SURELY_SMALL) canonicalJson(callId);
  else requireWritable(eventOf('call.reserved', callId, line));
}
