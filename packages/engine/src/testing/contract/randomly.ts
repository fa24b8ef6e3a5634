import type { Random } from '../../nouns/random.ts';
import type { Store } from '../../nouns/store.ts';
import { fakeRandom } from '../fake-random.ts';
import { assertSound, type ContractCase, promise, type StoreUnderTest } from './contract-case.ts';
import { call, charge, cost, hourly, quorum, rate, refusal, reservation, waitFor, yes } from './samples.ts';

/** One step of a random run, made anew for each store that it is played on. */
export type Play = (tested: StoreUnderTest) => Promise<unknown>;

const CALLS = 8;

/** A random step among few calls and few budgets, so that they meet. The same `random` gives the same steps. */
export function randomPlay(random: Random): Play {
  const which = random.below(CALLS);
  const id = `c${which}`;
  const amount = BigInt(random.below(40));
  const [onMs, backMs] = [random.below(15), random.below(5)];
  const plays: readonly Play[] = [
    reserving(random, id, amount),
    reserving(random, id, amount),
    ({ store }) => store.settle(cost(id, amount)),
    ({ store }) => store.release(id, {}),
    ({ store }) => store.suspend(id, {}),
    ({ store }) => store.start(id, 'action', 20),
    voting(random, `a-${id}`),
    ({ store }) => store.refuse(call(id), refusal(), {}),
    ({ store, clock }) => (clock.set(clock.now() + onMs), store.expire(2)),
    ({ store, clock }) => (clock.set(clock.now() - backMs), store.unfreeze('hot', {})),
    ({ store }) => questions(store, id),
  ];
  return plays[random.below(plays.length)] ?? (() => Promise.resolve());
}

/** Promises that only long random runs can doubt. */
export const randomly: readonly ContractCase[] = [1, 2, 3, 4].map((seed) =>
  promise(`agrees with its journal throughout random run ${seed}`, async (tested) => {
    const random = fakeRandom(seed);
    for (let step = 0; step < 150; step++) {
      await Promise.all([randomPlay(random)(tested), randomPlay(random)(tested)]);
      if (step % 25 === 0) await assertSound(tested.store);
    }
  }),
);

function reserving(random: Random, id: string, amount: bigint): Play {
  const hourlyToo = random.below(2) === 0;
  const requestHash = random.below(12) === 0 ? 'other' : 'request';
  const fingerprint = random.below(4) === 0 ? `print-${random.below(2)}` : undefined;
  const ttlMs = 5 + random.below(20);
  const then = [
    { kind: 'start' },
    { kind: 'hold' },
    waitFor(`a-${id}`, { expiresInMs: ttlMs, quorums: [quorum(1 + random.below(2), ['ada', 'bob'])] }),
  ] as const;
  const chosen = then[random.below(then.length)] ?? { kind: 'start' };
  return ({ store, clock }) => {
    const budgets = [
      charge('hot', { amount }),
      ...(hourlyToo ? [hourly('hour', clock.now(), { amount, limit: 60n })] : []),
    ];
    const rates = [rate('r', { limit: 4, perMs: 100 })];
    return store.reserve(
      reservation(id, { call: call(id, { requestHash, fingerprint }), budgets, rates, ttlMs, then: chosen }),
    );
  };
}

function voting(random: Random, approvalId: string): Play {
  const approver = ['ada', 'bob', 'eve'][random.below(3)] ?? 'ada';
  const verdict = random.below(3) === 0 ? 'deny' : 'approve';
  const actionHash = random.below(10) === 0 ? 'other' : 'action';
  return ({ store }) => store.vote(yes(approvalId, { approver, verdict, actionHash }));
}

async function questions(store: Store, id: string): Promise<unknown> {
  const { issuer, agent } = call(id);
  return [
    await store.call(id),
    await store.approval(`a-${id}`),
    await store.approvals({ approver: 'bob', limit: 5 }),
    await store.unresolved(5),
    await store.denials({ issuer, agent }, 3),
    await store.status([charge('hot')], [rate('r', { limit: 4, perMs: 100 })]),
    await store.entries({ afterSeq: 3, limit: 5, types: ['call.settled', 'call.denied', 'call.released'] }),
  ];
}
