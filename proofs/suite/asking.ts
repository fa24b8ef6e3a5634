import type { Store } from '@torii/engine';

/** What the methods of a store are given and answer. */
export type Reservation = Parameters<Store['reserve']>[0];
export type ReserveAnswer = Awaited<ReturnType<Store['reserve']>>;
export type BudgetCharge = Reservation['budgets'][number];
export type RateCharge = Reservation['rates'][number];
export type Settlement = Parameters<Store['settle']>[0];
export type EndAnswer = Awaited<ReturnType<Store['settle']>>;

/** Every call of the proofs is the same agent's, unless it says otherwise. */
export const AGENT = {
  issuer: 'https://issuer.example',
  tenant: 'acme',
  owner: 'owner@example.com',
  agent: 'bot',
  session: 's1',
} as const;

/** A charge of micro-dollars to a budget for life. */
export function charge(
  key: string,
  figures: { readonly amount: bigint; readonly limit: bigint } & Partial<BudgetCharge>,
): BudgetCharge {
  return {
    key,
    policy: 'house',
    clause: 'budgets[0]',
    scope: 'agent',
    window: 'lifetime',
    rollingMs: undefined,
    currency: 'USD',
    startMs: 0,
    endMs: undefined,
    ...figures,
  };
}

/** One call counted in any minute. */
export function rate(key: string, change: Partial<RateCharge> & { readonly limit: number }): RateCharge {
  return {
    key,
    policy: 'house',
    clause: 'rates[0]',
    scope: 'agent',
    per: 'minute',
    perMs: 60_000,
    ...change,
  };
}

const FOREVER_MS = 30 * 86_400_000;

/** Asks for a call that starts at once and has all the time there is. */
export function asking(
  id: string,
  budgets: readonly BudgetCharge[],
  change: Partial<Reservation> = {},
): Reservation {
  const units = budgets[0]?.amount ?? 0n;
  return {
    call: {
      ...AGENT,
      id,
      fingerprint: undefined,
      requestHash: 'request',
      tool: 'search',
      price: { units, asset: 'USD/6' },
    },
    policies: undefined,
    session: undefined,
    budgets,
    rates: [],
    then: { kind: 'start' },
    attempt: `first-${id}`,
    ttlMs: FOREVER_MS,
    facts: {},
    ...change,
  };
}

/** Says what a call really cost. */
export function costing(callId: string, units: bigint): Settlement {
  return {
    callId,
    charged: { units, asset: 'USD/6' },
    amounts: new Map([['USD', units]]),
    facts: {},
  };
}
