import type { Store } from '@torii/engine';

type Reservation = Parameters<Store['reserve']>[0];
type BudgetCharge = Reservation['budgets'][number];
type RateCharge = Reservation['rates'][number];

const DAY_MS = 86_400_000;

/** Far more than is ever charged, so that every call is granted. */
const LIMIT = 1_000_000_000_000n;

/** Holds outlive the run: none of them may expire on the way of another. */
const TTL_MS = 3_600_000;

/** What a call is charged to: `of` is one of the agents that the charge belongs to. */
export function budgetOf(agent: string, place: number, nowMs: number): BudgetCharge {
  const startMs = nowMs - (nowMs % DAY_MS);
  const whose = ['https://issuer.example', 'default', 'owner@example.com', agent];
  return {
    key: JSON.stringify(['bench', 'agent', whose, `day ${place}`, 'USD', null, 'UTC']),
    policy: 'bench',
    clause: `budgets[${place}]`,
    scope: 'agent',
    window: 'day',
    rollingMs: undefined,
    currency: 'USD',
    limit: LIMIT,
    amount: 100n,
    startMs,
    // Long enough that no midnight of the run makes the span stale.
    endMs: startMs + 2 * DAY_MS,
  };
}

/** A rate that every call of the agent counts towards. */
export function rateOf(agent: string): RateCharge {
  const whose = ['https://issuer.example', 'default', 'owner@example.com', agent];
  const key = JSON.stringify(['bench', 'agent', whose, 'minute', null]);
  const per = { per: 'minute', perMs: 60_000, limit: 1_000_000 } as const;
  return { key, policy: 'bench', clause: 'rates[0]', scope: 'agent', ...per };
}

/** A call that starts at once, as the engine would ask for it. */
export function reservationOf(
  id: string,
  {
    agent,
    budgets,
    rates = [],
  }: {
    readonly agent: string;
    readonly budgets: readonly BudgetCharge[];
    readonly rates?: readonly RateCharge[];
  },
): Reservation {
  return {
    call: {
      id,
      fingerprint: undefined,
      requestHash: 'f'.repeat(64),
      issuer: 'https://issuer.example',
      tenant: 'default',
      owner: 'owner@example.com',
      agent,
      session: 's1',
      tool: 'search',
      price: { units: 100n, asset: 'USD/6' },
    },
    policies: undefined,
    session: undefined,
    budgets,
    rates,
    // oxlint-disable-next-line unicorn/no-thenable -- the contract calls it so, and nobody awaits a reservation.
    then: { kind: 'start' },
    attempt: `attempt ${id}`,
    ttlMs: TTL_MS,
    facts: {
      framework: 'bench',
      arguments: 'e'.repeat(64),
      effect: 'read',
      payee: {},
      policies: [`bench@1#${'d'.repeat(64)}`],
    },
  };
}

/** Holds it, and throws for anything but a fresh hold: what is not granted is not measured. */
export async function hold(store: Store, reservation: Reservation): Promise<void> {
  const answer = await store.reserve(reservation);
  if (answer.kind === 'reserved' && answer.fresh) return;
  throw new Error(`expected every call to be held, got ${answer.kind}`);
}

/** Ends it at the price that was held. */
export async function settle(store: Store, callId: string): Promise<void> {
  const charged = { units: 100n, asset: 'USD/6' };
  const answer = await store.settle({ callId, charged, amounts: new Map([['USD', 100n]]), facts: {} });
  if (answer.kind !== 'ended' || !answer.first) throw new Error('expected every call to be settled once');
}

/** Runs `work` for 0 to `count` - 1, `width` at once. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
