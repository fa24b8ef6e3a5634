import { MAX_UNITS } from '../../nouns/asset.ts';
import { nextAttemptId, previousAttemptId } from '../../nouns/attempt.ts';
import type { Entry } from '../../nouns/entry.ts';
import { type AgentKey, type CallState, carveOutKey, type SessionKey } from '../../nouns/hold.ts';
import { type Subject, subjectKey } from '../../nouns/revocation.ts';
import { entryFacts, type WrittenCharge } from './journal-facts.ts';
import { KEPT_AFTER_END_MS } from '../../stores/transitions/expire.ts';

/** What is spent and held of a budget in one window, or in one slice of a rolling one. */
export interface Totals {
  readonly spent: bigint;
  readonly held: bigint;
}

/** A call as the journal tells it. */
export interface KnownCall {
  readonly id: string;
  readonly caller: SessionKey;
  readonly tool: string;
  readonly price: string;
  readonly charges: readonly WrittenCharge[];
  readonly carved: { readonly currency: string; readonly units: bigint } | undefined;
  readonly state: CallState;
  readonly createdAt: number;
  readonly endedAt: number | undefined;

  /** Its first entry. */
  readonly seq: number;
}

/** Money that was put somewhere before it is spent. */
export interface KnownAccount {
  readonly currency: string;
  readonly funds: bigint;
  readonly closed: boolean;
}

/** A revocation that stands. */
export interface KnownRevocation {
  readonly subject: Subject;
  readonly reason: string;
  readonly at: number;
  readonly seq: number;
}

/** What a movement was, as its id must mean for good. */
export interface KnownMovement {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly currency: string;
  readonly units: bigint;
}

const OUTSIDE = 'outside';

/** The state of one tenant, added up from its journal from the first entry on. */
export class Books {
  /** By key and start. */
  readonly totals = new Map<string, Map<number, Totals>>();

  /** Keys of budgets whose windows roll. */
  readonly rolling = new Set<string>();
  readonly accounts = new Map<string, KnownAccount>();
  readonly frozen = new Set<string>();
  readonly revocations = new Map<string, KnownRevocation>();
  readonly movements = new Map<string, KnownMovement>();
  readonly calls = new Map<string, KnownCall>();

  /** Entries that are found by a name: what moved money of a wallet. */
  readonly histories: { readonly wallet: string; readonly seq: number }[] = [];
  readonly denials: { readonly agent: AgentKey; readonly seq: number }[] = [];

  /** Calls that have ended, the first end first: they are forgotten as in Redis, or a long journal would not fit. */
  readonly #ended: { readonly id: string; readonly endedAt: number }[] = [];
  #forgotten = 0;

  /** Adds the next entry. */
  post(entry: Entry): void {
    const { type, facts } = entry;
    this.#forget(entry.at);
    switch (type) {
      case 'call.reserved':
        return this.#reserve(entry);
      case 'call.extended':
        return this.#extend(entry);
      case 'call.denied':
        return this.#deny(entry);
      case 'call.started':
        return this.#move(entry, 'started');
      case 'call.unresolved':
        return this.#move(entry, 'unresolved');
      case 'call.settled':
        return this.#settle(entry);
      case 'call.released':
        return this.#end(entry, 'released', () => 0n);
      case 'call.expired':
        return this.#end(entry, 'expired', () => 0n);
      case 'carve-out.closed':
        return this.#fund(carveOutKey(entry.callId ?? ''), (account) => ({ ...account, closed: true }));
      case 'budget.frozen':
        return void this.frozen.add(entryFacts.budget.parse(facts).budget);
      case 'budget.unfrozen':
        return void this.frozen.delete(entryFacts.budget.parse(facts).budget);
      case 'wallet.credited':
      case 'wallet.debited':
      case 'wallet.transferred':
        return this.#transfer(entry);
      case 'access.revoked':
        return this.#revoke(entry);
      case 'access.restored':
        return void this.revocations.delete(subjectKey(entryFacts.subject.parse(facts).subject));
      case 'store.rebuilt':
        return facts['budgets'] === 'anew' ? this.#beginAnew() : undefined;
      default:
        return;
    }
  }

  #noteEnd(id: string, endedAt: number): void {
    this.#ended.push({ id, endedAt });
  }

  #forget(nowMs: number): void {
    for (; ; this.#forgotten++) {
      const first = this.#ended[this.#forgotten];
      if (first === undefined || first.endedAt + KEPT_AFTER_END_MS > nowMs) break;
      // The id may be used again by now.
      if (this.calls.get(first.id)?.endedAt === first.endedAt) this.#forgetCall(first.id, nowMs);
    }
    if (this.#forgotten * 2 > this.#ended.length) {
      this.#ended.splice(0, this.#forgotten);
      this.#forgotten = 0;
    }
  }

  /** A call is kept for as long as its next attempt is known, and looked at again when that one is forgotten. */
  #forgetCall(id: string, nowMs: number): void {
    if (this.calls.has(nextAttemptId(id))) return;
    this.calls.delete(id);
    const before = previousAttemptId(id);
    const { endedAt = Infinity } = this.calls.get(before ?? '') ?? {};
    if (before !== undefined && endedAt + KEPT_AFTER_END_MS <= nowMs) this.#forgetCall(before, nowMs);
  }

  /** An operator accepted that what was spent until then is gone. */
  #beginAnew(): void {
    const { totals, rolling, accounts, frozen, revocations, movements, calls } = this;
    for (const books of [totals, rolling, accounts, frozen, revocations, movements, calls]) books.clear();
  }

  #reserve({ callId: id = '', at, seq, facts }: Entry): void {
    const { charges, carved, tool, price, ...caller } = entryFacts.reserved.parse(facts);
    const shared = { id, caller, tool, price, charges, createdAt: at, endedAt: undefined, seq };
    this.calls.set(id, { ...shared, carved, state: carved === undefined ? 'held' : 'carved' });
    for (const written of charges) this.#add(written, { spent: 0n, held: written.amount });
    if (carved === undefined) return;
    // An id that is used anew sets aside anew: what its last use spent was settled with it.
    const key = carveOutKey(id);
    this.accounts.set(key, { currency: carved.currency, funds: carved.units, closed: false });
    const before = this.totals.get(key)?.get(0);
    if (before !== undefined) this.totals.get(key)?.set(0, { ...before, spent: 0n });
  }

  #extend({ callId = '', facts }: Entry): void {
    const call = this.calls.get(callId);
    if (call === undefined) return;
    const { charges, price } = entryFacts.extended.parse(facts);
    for (const written of call.charges) this.#add(written, { spent: 0n, held: -written.amount });
    for (const written of charges) this.#add(written, { spent: 0n, held: written.amount });
    this.calls.set(callId, { ...call, charges, price });
  }

  #deny({ callId: id, at, seq, facts }: Entry): void {
    const refused = entryFacts.refused.safeParse(facts);
    if (refused.success) this.denials.push({ agent: refused.data, seq });
    const denied = entryFacts.denied.safeParse(facts);
    // A request that was no call at all has no price, and an extension ends nothing.
    if (id === undefined || !denied.success || denied.data.extension === true) return;
    const { tool, price, ...caller } = denied.data;
    const { charges = [], createdAt = at, seq: first = seq } = this.calls.get(id) ?? {};
    const state = 'denied';
    const call = {
      id,
      caller,
      tool,
      price,
      charges,
      carved: undefined,
      state,
      createdAt,
      seq: first,
    } as const;
    this.calls.set(id, { ...call, endedAt: at });
    this.#noteEnd(id, at);
  }

  #settle(entry: Entry): void {
    const { counted } = entryFacts.settled.parse(entry.facts);
    for (const { account, budget } of this.calls.get(entry.callId ?? '')?.charges ?? [])
      if (account === 'wallet') this.histories.push({ wallet: budget, seq: entry.seq });
    this.#end(entry, 'settled', ({ currency }) => counted[currency] ?? 0n);
  }

  #move({ callId = '' }: Entry, state: CallState): void {
    const call = this.calls.get(callId);
    if (call !== undefined) this.calls.set(callId, { ...call, state });
  }

  #end({ callId = '', at }: Entry, state: CallState, spentOn: (charge: WrittenCharge) => bigint): void {
    const call = this.calls.get(callId);
    if (call === undefined || call.endedAt !== undefined) return;
    for (const written of call.charges)
      this.#add(written, { spent: spentOn(written), held: -written.amount });
    this.calls.set(callId, { ...call, state, endedAt: at });
    this.#noteEnd(callId, at);
  }

  #transfer({ facts, seq }: Entry): void {
    const { movement, currency, legs } = entryFacts.moved.parse(facts);
    const [from, to] = legs.map(({ account }) => (account === OUTSIDE ? undefined : account));
    this.movements.set(movement, { from, to, currency, units: legs[1].units });
    for (const { account, units } of legs) {
      if (account === OUTSIDE) continue;
      this.histories.push({ wallet: account, seq });
      const before = this.accounts.get(account) ?? { currency, funds: 0n, closed: false };
      this.accounts.set(account, { ...before, funds: before.funds + units });
    }
  }

  #revoke({ facts, at, seq }: Entry): void {
    const { subject, reason } = entryFacts.subject.parse(facts);
    this.revocations.set(subjectKey(subject), { subject, reason, at, seq });
  }

  #fund(key: string, change: (account: KnownAccount) => KnownAccount): void {
    const account = this.accounts.get(key);
    if (account !== undefined) this.accounts.set(key, change(account));
  }

  #add({ budget, startMs, rollingMs }: WrittenCharge, change: Totals): void {
    if (rollingMs !== undefined) this.rolling.add(budget);
    const windows = this.totals.get(budget) ?? new Map<number, Totals>();
    const { spent, held } = windows.get(startMs) ?? { spent: 0n, held: 0n };
    const sum = spent + change.spent;
    windows.set(startMs, { spent: sum > MAX_UNITS ? MAX_UNITS : sum, held: held + change.held });
    this.totals.set(budget, windows);
  }

  /** Calls that are open, or whose id must still be known at `nowMs`. */
  knownCalls(nowMs: number): readonly KnownCall[] {
    this.#forget(nowMs);
    return [...this.calls.values()];
  }
}
