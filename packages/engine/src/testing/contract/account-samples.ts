import type { BudgetCharge } from '../../nouns/charge.ts';
import { carveOutKey, type Extension, type Reservation } from '../../nouns/hold.ts';
import { type Movement, walletKey } from '../../nouns/wallet.ts';
import type { Store } from '../../nouns/store.ts';
import { standingOf } from './contract-case.ts';
import { call, charge, POLICIES, reservation, TTL_MS } from './samples.ts';

/** The wallets of the sample bot and of another agent of its owner. */
export const WALLET = walletKey(call('any'), 'USD');
export const OTHER_WALLET = walletKey(call('any', { agent: 'other' }), 'USD');

/** 10 micro-dollars of a wallet. */
export function ofWallet(amount = 10n, key = WALLET): BudgetCharge {
  const named = { policy: 'house', clause: 'wallet', account: 'wallet' } as const;
  return charge(key, { ...named, limit: 0n, amount });
}

/** A call that may spend so much of the wallet, and of other budgets. */
export function askingWallet(id: string, amount: bigint, budgets: readonly BudgetCharge[] = []): Reservation {
  return reservation(id, { budgets: [ofWallet(amount), ...budgets] });
}

/** What an account was funded with, and what is spent and held of it. */
export type Figures = readonly [funds: bigint, spent: bigint, held: bigint];

/** How a wallet stands. */
export async function walletAt(store: Store, key = WALLET): Promise<Figures> {
  const { limit, spent, held } = await standingOf(store, ofWallet(0n, key));
  return [limit, spent, held];
}

/** What its history tells, newest first, in short. */
export async function historyOf(store: Store, key = WALLET): Promise<readonly string[]> {
  const entries = await store.history(key, { limit: 1_000 });
  return entries.map(({ type, callId, facts: { movement } }) => {
    const named = typeof movement === 'string' ? movement : 'nothing';
    return `${type} ${callId ?? named}`;
  });
}

/** 10 micro-dollars of what a call set aside. */
export function ofCarveOut(parent: string, amount = 10n, change: Partial<BudgetCharge> = {}): BudgetCharge {
  const named = { policy: 'house', clause: 'carve-out', account: 'carve-out' } as const;
  return charge(carveOutKey(parent), { ...named, limit: 0n, amount, ...change });
}

/** Puts 100 into the wallet of the bot. */
export function credit(id: string, change: Partial<Movement> = {}): Movement {
  return {
    id,
    from: undefined,
    to: WALLET,
    currency: 'USD',
    units: 100n,
    facts: { by: 'ada' },
    ...change,
  };
}

/** Takes it out again. */
export function debit(id: string, change: Partial<Movement> = {}): Movement {
  return credit(id, { from: WALLET, to: undefined, ...change });
}

/** Moves it to the other wallet. */
export function transfer(id: string, change: Partial<Movement> = {}): Movement {
  return credit(id, { from: WALLET, to: OTHER_WALLET, ...change });
}

/** Sets 50 aside of a lifetime budget of 100. */
export function carving(id: string, units = 50n, change: Partial<Reservation> = {}): Reservation {
  return reservation(id, {
    budgets: [charge('a', { amount: units })],
    then: { kind: 'carve', currency: 'USD', units },
    ...change,
  });
}

/** A call of a delegated agent that may spend so much of what `parent` set aside. */
export function spendingOf(
  id: string,
  parent: string,
  amount: bigint,
  change: Partial<Reservation> = {},
): Reservation {
  const delegated = call(id, { agent: 'delegate' });
  return reservation(id, { call: delegated, budgets: [ofCarveOut(parent, amount)], ...change });
}

/** How what `parent` set aside stands. */
export async function carveOutAt(store: Store, parent: string): Promise<Figures> {
  const { limit, spent, held } = await standingOf(store, ofCarveOut(parent, 0n));
  return [limit, spent, held];
}

/** Asks that a call may cost so many micro-dollars in all. */
export function extension(callId: string, units: bigint, change: Partial<Extension> = {}): Extension {
  return {
    callId,
    price: { units, asset: 'USD/6' },
    amounts: new Map([['USD', units]]),
    ttlMs: TTL_MS,
    policies: POLICIES,
    facts: { by: 'test' },
    ...change,
  };
}
