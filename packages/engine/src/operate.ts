import { within } from './deadline.ts';
import { standingOf } from './decide/index.ts';
import type { AgentStatus, Ended, Engine } from './nouns/engine.ts';
import { type DenialCode, denialCodes } from './nouns/denial.ts';
import type { Entry } from './nouns/entry.ts';
import { ToriiError } from './nouns/errors.ts';
import { money, type MoneyInput } from './nouns/money.ts';
import type { EndAnswer } from './nouns/hold.ts';
import type { Parts } from './parts.ts';
import { verifyJournal } from './record/record.ts';
import { budgetCharge, rateCharge } from './reserve/reserve.ts';
import { bounded, settlement } from './settle/permit.ts';

const LISTED = 100;
const RECENT_DENIALS = 10;

/** How agents stand: their policies, budgets, rates and newest denials. */
export function agentsOf({ identity, live, store, clock, storeTimeoutMs }: Parts): Engine['agents'] {
  return {
    async status(credential) {
      const principal = await identity.agent(credential);
      if ('kind' in principal) return principal;
      const { summaries, budgets, rates } = standingOf(principal, live.policies);
      const nowMs = clock.now();
      const work = Promise.all([
        store.status(
          budgets.map((demand) => budgetCharge(demand, nowMs)),
          rates.map(rateCharge),
        ),
        store.denials(principal, RECENT_DENIALS),
      ]);
      const [standing, denials] = await within(clock, storeTimeoutMs, work);
      const { agent, owner, session } = principal;
      return {
        kind: 'status',
        agent,
        owner,
        session,
        policies: summaries,
        ...standing,
        recentDenials: denials.map(denialIn),
      };
    },
  };
}

/** Calls by id, and what operators do about those whose outcome nobody knows. */
export function callsOf(parts: Parts): Engine['calls'] {
  const { store } = parts;
  return {
    get: (callId) => store.call(callId),
    unresolved: () => store.unresolved(LISTED),
    async settle(callId, charged: MoneyInput, note) {
      const record = await store.call(callId);
      if (record === undefined) return undefined;
      const facts = { operator: 'settles', reason: bounded(note) };
      const write = settlement(parts, record, { charged: money(charged), facts });
      if (write === undefined)
        throw new ToriiError('MONEY_INVALID', 'expected an amount that the budgets of the call count');
      return endedOf(await write());
    },
    async release(callId, note) {
      return endedOf(await store.release(callId, { operator: 'releases', reason: bounded(note) }));
    },
  };
}

/** The journal for readers and auditors. */
export function journalOf({ store }: Parts): Engine['journal'] {
  return {
    entries: ({ afterSeq = 0, limit = 1_000, types } = {}) =>
      store.entries({ afterSeq, limit: Math.min(limit, 1_000), ...(types === undefined ? {} : { types }) }),
    verify: () => verifyJournal(store),
  };
}

/** Whether the store answers in time. */
export async function healthOf({
  store,
  clock,
  storeTimeoutMs,
}: Parts): Promise<{ ok: boolean; message: string }> {
  try {
    await within(clock, storeTimeoutMs, store.status([], []));
    return { ok: true, message: 'the store answers' };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : 'the store does not answer' };
  }
}

function endedOf(answer: EndAnswer): Ended | undefined {
  return answer.kind === 'ended' ? answer : undefined;
}

function denialIn({ at, facts }: Entry): AgentStatus['recentDenials'][number] {
  const code = denialCodes.find((known: DenialCode) => known === facts['code']) ?? 'CALL_INVALID';
  return { at, tool: typeof facts['tool'] === 'string' ? facts['tool'] : '', code };
}
