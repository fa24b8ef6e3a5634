import { type Store, ToriiError } from '@torii/engine';
import { AGENT, asking, charge, costing, rate, type Settlement } from '../suite/asking.ts';

/** A charge to a budget for life, or to a wallet. */
export interface Charged {
  readonly key: string;
  readonly amount: bigint;
  readonly limit: bigint;
  readonly wallet?: true;
}

/** What a client asks of a store, as plain data. */
export type Operation =
  | {
      readonly kind: 'reserve';
      readonly id: string;
      readonly agent: string;
      readonly requestHash: string;
      readonly attempt: string;
      readonly then: 'start' | 'hold';
      readonly charges: readonly Charged[];
      readonly rates: readonly { readonly key: string; readonly limit: number }[];
      readonly ttlMs: number;
    }
  | { readonly kind: 'start'; readonly id: string; readonly attempt: string; readonly ttlMs: number }
  | { readonly kind: 'extend'; readonly id: string; readonly units: bigint; readonly ttlMs: number }
  | { readonly kind: 'settle'; readonly id: string; readonly units: bigint }
  | { readonly kind: 'release' | 'suspend'; readonly id: string }
  | { readonly kind: 'withdraw'; readonly id: string; readonly attempt: string }
  | {
      readonly kind: 'move';
      readonly id: string;
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly units: bigint;
    }
  | { readonly kind: 'unfreeze'; readonly key: string }
  | { readonly kind: 'revoke' | 'restore'; readonly agent: string }
  | { readonly kind: 'expire' };

/** What a store said, in one line that reads and compares easily. */
export interface Told {
  readonly says: string;

  /** Undefined for what is answered without one: those entries are found in the journal. */
  readonly version: number | undefined;
}

/**
 * Asks a store. Rejects only where it cannot answer. What is asked with a tag is written with it, so that an entry whose
 * answer was lost can be told from others.
 */
export async function ask(store: Store, operation: Operation, tag?: string): Promise<Told> {
  const facts = tag === undefined ? {} : { tag };
  switch (operation.kind) {
    case 'reserve':
    case 'start':
    case 'extend':
      return grantOf(store, operation, facts);
    case 'settle':
      return ended(await store.settle({ ...costing(operation.id, operation.units), facts }));
    case 'release':
      return ended(await store.release(operation.id, facts));
    case 'withdraw':
      return ended(await store.withdraw({ id: operation.id, attempt: operation.attempt }, facts));
    case 'suspend':
      return ended(await store.suspend(operation.id, facts));
    case 'move':
      return moved(store, operation, facts);
    case 'unfreeze':
      return unversioned(await store.unfreeze(operation.key, facts));
    case 'revoke':
      return unversioned(await store.revoke(subjectOf(operation.agent), 'a proof', facts));
    case 'restore':
      return unversioned(await store.restore(subjectOf(operation.agent), facts));
    case 'expire':
      return unversioned((await store.expire(100)) > 0);
  }
}

type Grant = Extract<Operation, { kind: 'reserve' | 'start' | 'extend' }>;

type Facts = Settlement['facts'];

async function grantOf(store: Store, operation: Grant, facts: Facts): Promise<Told> {
  const { kind, id, ttlMs } = operation;
  if (kind === 'extend') {
    const { charged: price, ...extension } = costing(id, operation.units);
    const answer = await store.extend({ ...extension, price, ttlMs, policies: undefined, facts });
    if (answer.kind === 'refused') return told(answer, answer.denial.code);
    return told(answer, ...('call' in answer ? [answer.call.state] : []), ...standing(answer));
  }
  if (kind === 'start') {
    const { attempt } = operation;
    const answer = await store.start({ callId: id, actionHash: '', ttlMs, policies: undefined, attempt });
    return told(answer, ...('call' in answer ? [answer.call.state] : []), ...standing(answer));
  }
  const answer = await store.reserve({ ...reservationOf(operation), facts });
  if (answer.kind === 'refused') return told(answer, again(answer.fresh), answer.denial.code);
  if (answer.kind !== 'reserved') return told(answer);
  return told(answer, again(answer.fresh), answer.call.state, ...standing(answer));
}

function reservationOf(operation: Extract<Operation, { kind: 'reserve' }>): ReturnType<typeof asking> {
  const { id, agent, requestHash, attempt, then, charges, rates, ttlMs } = operation;
  const budgets = charges.map(({ key, amount, limit, wallet }) =>
    charge(key, wallet === undefined ? { amount, limit } : { amount, limit: 0n, account: 'wallet' }),
  );
  const asked = asking(id, budgets);
  return {
    ...asked,
    call: { ...asked.call, agent, requestHash },
    attempt,
    then: { kind: then },
    // As long as the proof lasts: a rate is compared with a model that has no clock.
    rates: rates.map(({ key, limit }) => rate(key, { limit, per: 'day', perMs: 86_400_000 })),
    ttlMs,
  };
}

async function moved(
  store: Store,
  { id, from, to, units }: Extract<Operation, { kind: 'move' }>,
  facts: Facts,
): Promise<Told> {
  const answer = await store.move({ id, from, to, units, currency: 'USD', facts });
  if (answer.kind === 'moved') return told(answer, first(answer.first));
  return told(answer, ...(answer.kind === 'insufficient' ? [`${answer.left} left`] : []));
}

function ended(answer: Awaited<ReturnType<Store['settle']>>): Told {
  if (answer.kind !== 'ended') return told(answer);
  return told(answer, first(answer.first), answer.call.state, ...standing(answer));
}

interface Standing {
  readonly key: string;
  readonly spent: bigint;
  readonly held: bigint;
  readonly frozen: boolean;
}

function standing(answer: object): readonly string[] {
  if (!('budgets' in answer)) return [];
  const { budgets } = answer as { readonly budgets: readonly Standing[] };
  return budgets.map(standingText);
}

/** How a budget stands, as an answer and the model tell it. */
export function standingText({ key, spent, held, frozen }: Standing): string {
  return `${key} ${spent}+${held}${frozen ? ' frozen' : ''}`;
}

/** How an answer tells a first time from a repeat. */
export function again(fresh: boolean): string {
  return fresh ? 'fresh' : 'again';
}

/** How an answer tells the first end from a later one. */
export function first(isFirst: boolean): string {
  return isFirst ? 'first' : 'later';
}

function told(
  { kind, version }: { readonly kind: string; readonly version: number },
  ...words: string[]
): Told {
  return { says: [kind, ...words].join(', '), version };
}

function unversioned(answer: boolean): Told {
  return { says: String(answer), version: undefined };
}

function subjectOf(agent: string): Parameters<Store['revoke']>[0] {
  const { issuer, tenant, owner } = AGENT;
  return { kind: 'agent', issuer, tenant, owner, agent };
}

/** Whether a store could not answer, and said nothing about the money. */
export function isUnavailable(error: unknown): boolean {
  return ToriiError.is(error) && /^(?:STORE|REDIS)_/.test(error.code);
}
