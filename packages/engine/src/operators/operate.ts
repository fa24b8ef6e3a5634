import { within } from '../nouns/deadline.ts';
import { carveOutDemand } from '../delegated.ts';
import { standingOf } from '../decide/index.ts';
import type { AgentStatus, Ended, Engine, Verification } from '../nouns/engine.ts';
import { type DenialCode, denialCodes } from '../nouns/denial.ts';
import type { Entry } from '../nouns/entry.ts';
import { ToriiError } from '../nouns/errors.ts';
import { money, type MoneyInput } from '../nouns/money.ts';
import type { CallRecord, EndAnswer } from '../nouns/hold.ts';
import type { CallName, OfTenant } from '../nouns/operator.ts';
import type { Store } from '../nouns/store.ts';
import type { Parts } from '../parts.ts';
import { EMPTY } from '../record/chain.ts';
import { verifyJournal } from '../record/record.ts';
import { budgetCharge, rateCharge } from '../reserve/reserve.ts';
import { bounded, settlement } from '../settle/permit.ts';
import { named } from './whom.ts';

const LISTED = 100;
const RECENT_DENIALS = 10;

/**
 * The store of the tenant, where one is named; else the store as opened. Undefined for a tenant that nobody ever came of:
 * a store begins when it is first asked, and a name that is mistyped must not leave one behind.
 */
export async function storeOf(
  { store }: Pick<Parts, 'store'>,
  { tenant }: OfTenant,
): Promise<Store | undefined> {
  if (tenant === undefined) return store;
  const own = store.of(named(tenant, 'tenant'));
  return (await store.all()).includes(own) ? own : undefined;
}

/** A call, and the store that has it if any does. */
export async function callIn(
  parts: Pick<Parts, 'store'>,
  name: CallName,
): Promise<{ readonly store: Store; readonly id: string } | undefined> {
  if (typeof name === 'string') return { store: parts.store, id: name };
  const store = await storeOf(parts, name);
  return store && { store, id: name.callId };
}

/** The stores of all tenants, or of the one that is named: none for a tenant that nobody ever came of. */
export async function storesOf(parts: Pick<Parts, 'store'>, whose: OfTenant): Promise<readonly Store[]> {
  if (whose.tenant === undefined) return parts.store.all();
  const store = await storeOf(parts, whose);
  return store === undefined ? [] : [store];
}

/** How agents stand: their policies, budgets, accounts, rates and newest denials. */
export function agentsOf(parts: Parts): Engine['agents'] {
  const { identity, live, carveOuts, clock, storeTimeoutMs } = parts;
  return {
    async status(credential) {
      const principal = await identity.agent(credential);
      if ('kind' in principal) return principal;
      const { agent, owner, session, carveOut: id } = principal;
      const store = parts.store.of(principal.tenant);
      const { summaries, budgets, rates } = standingOf(principal, live.policies);
      const nowMs = clock.now();
      const charges = budgets.map((demand) => budgetCharge(demand, nowMs));
      const work = async (): Promise<Pick<AgentStatus, 'budgets' | 'rates' | 'recentDenials'>> => {
        const currency = await carveOuts.of(store, principal);
        if (id !== undefined && currency !== undefined)
          charges.push(budgetCharge(carveOutDemand({ id, currency, amount: 0n }), nowMs));
        const [standing, denials] = await Promise.all([
          store.status(charges, rates.map(rateCharge)),
          store.denials(principal, RECENT_DENIALS),
        ]);
        return { ...standing, recentDenials: denials.map(denialIn) };
      };
      const standing = await within(clock, storeTimeoutMs, work());
      return { kind: 'status', agent, owner, session, policies: summaries, ...standing };
    },
  };
}

/** Calls by id, and what operators do about those whose outcome nobody knows. */
export function callsOf(parts: Parts): Engine['calls'] {
  return {
    async get(name) {
      const found = await callIn(parts, name);
      return found?.store.call(found.id);
    },
    async unresolved(query = {}) {
      const stores = await storesOf(parts, query);
      const found = await Promise.all(stores.map((store) => store.unresolved(LISTED)));
      return oldestFirst(found).slice(0, LISTED);
    },
    async settle(name, charged: MoneyInput, note) {
      const found = await callIn(parts, name);
      const record = await found?.store.call(found.id);
      if (found === undefined || record === undefined) return undefined;
      const { store } = found;
      const facts = { operator: 'settles', reason: bounded(note) };
      const write = settlement({ ...parts, store }, record, { charged: money(charged), facts });
      if (write === undefined)
        throw new ToriiError('MONEY_INVALID', 'expected an amount that the budgets of the call count');
      const answer = await write();
      parts.wake(store);
      return endedOf(answer);
    },
    async release(name, note) {
      const found = await callIn(parts, name);
      if (found === undefined) return undefined;
      const facts = { operator: 'releases', reason: bounded(note) };
      return endedOf(await found.store.release(found.id, facts));
    },
  };
}

/** The budgets that operators free. */
export function budgetsOf(parts: Parts): Engine['budgets'] {
  return {
    async unfreeze(name, note) {
      const { key, ...whose } = typeof name === 'string' ? { key: name } : name;
      const store = await storeOf(parts, whose);
      if (store === undefined) return false;
      const lifted = await store.unfreeze(key, { note: bounded(note) });
      parts.wake(store);
      return lifted;
    },
  };
}

/** The journal for readers and auditors. */
export function journalOf(parts: Parts): Engine['journal'] {
  return {
    async entries({ afterSeq = 0, limit = 1_000, types, ...whose } = {}) {
      const store = await storeOf(parts, whose);
      const query = { afterSeq, limit: Math.min(limit, 1_000), ...(types === undefined ? {} : { types }) };
      return store === undefined ? [] : store.entries(query);
    },
    async verify(query = {}) {
      const [first, ...others] = await storesOf(parts, query);
      if (first === undefined) return { kind: 'intact', entries: 0, head: EMPTY.hash };
      let all: Verification = await verifyJournal(first);
      for (const store of others) {
        if (all.kind === 'broken') return all;
        const found = await verifyJournal(store);
        all = found.kind === 'broken' ? found : { ...all, entries: all.entries + found.entries };
      }
      return all;
    },
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

/** Of several stores, each in its order. */
function oldestFirst(found: readonly (readonly CallRecord[])[]): readonly CallRecord[] {
  const [only = [], ...others] = found;
  return others.length === 0 ? only : found.flat().sort((a, b) => a.createdAt - b.createdAt);
}

/** A carve-out that is in use has not ended: its record says so. */
function endedOf(answer: EndAnswer): Ended | undefined {
  if (answer.kind === 'in-use') return { first: false, call: answer.call, budgets: [] };
  return answer.kind === 'ended' ? answer : undefined;
}

function denialIn({ at, facts }: Entry): AgentStatus['recentDenials'][number] {
  const code = denialCodes.find((known: DenialCode) => known === facts['code']) ?? 'CALL_INVALID';
  return { at, tool: typeof facts['tool'] === 'string' ? facts['tool'] : '', code };
}
