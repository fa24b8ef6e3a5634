import type { Quorum } from '../../nouns/approval.ts';
import type { Random } from '../../nouns/random.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import { fakeClock } from '../fake-clock.ts';
import { fakeRandom } from '../fake-random.ts';
import {
  type Act,
  orMistake,
  randomAccountAct,
  randomAccountCharges,
  randomCarve,
} from './random-accounts.ts';
import { assertSound, type ContractCase, promise, type Tested } from './contract-case.ts';
import {
  call,
  charge,
  cost,
  hourly,
  POLICIES,
  quorum,
  rate,
  refusing,
  reservation,
  rolling,
  starting,
  waitFor,
  yes,
} from './samples.ts';

/** One step of a random run, made anew for each store that it is played on. */
export type Play = (tested: Tested) => Promise<unknown>;

const CALLS = 6;

/** When a clock of the tests begins. */
const BEGUN_MS = fakeClock().now();

/** Hash of one of two sets of policies, mostly of the first. */
function aSet(random: Random): string {
  return random.below(4) === 0 ? 'policies-2' : POLICIES;
}

/** How long the ids of a random run are used before new ones take their place, so that a long run goes on. */
const GENERATION_MS = 60;

/** A random step among few calls and few budgets, so that they meet. The same `random` gives the same steps. */
export function randomPlay(random: Random): Play {
  const which = random.below(CALLS);
  const before = random.below(4) === 0 ? 1 : 0;
  const amount = BigInt(random.below(40));
  const passesMs = random.below(3) === 0 ? random.below(8) : 0;
  const act = randomAct(random, amount);
  return (tested) => {
    tested.clock.set(tested.clock.now() + passesMs);
    const generation = Math.floor(tested.clock.now() / GENERATION_MS) - before;
    return act(`c${which}-${generation % 1_000}`)(tested);
  };
}

/** One of few, so that some ask again by the same name. */
function anAttempt(random: Random): string {
  return `attempt-${random.below(4)}`;
}

async function withdrawn({ store }: Tested, id: string): Promise<unknown> {
  const known = await store.call(id);
  return store.withdraw({ id, attempt: known?.attempt ?? 'unknown' }, {});
}

function randomAct(random: Random, amount: bigint): Act {
  const policies = aSet(random);
  const [onMs, backMs] = [random.below(15), random.below(5)];
  const session = { writes: true };
  if (random.below(3) === 0) return reserving(random, amount);
  if (random.below(3) === 0) return randomAccountAct(random, amount);
  const attempt = anAttempt(random);
  const acts: readonly Act[] = [
    voting(random),
    (id) => (tested) => orMistake(tested.store.settle(cost(id, amount))),
    (id) => (tested) => tested.store.release(id, {}),
    (id) => (tested) => tested.store.suspend(id, {}),
    (id) => (tested) => withdrawn(tested, id),
    (id) => (tested) => tested.store.start(starting(id, { ttlMs: 20, policies, attempt })),
    (id) => (tested) => tested.store.refuse(refusing(id, { policies, session, attempt })),
    (id) => (tested) => tested.store.cancel({ approvalId: `a-${id}`, facts: { by: 'ada' } }),
    () => (tested) => tested.store.announce(amount < 20n ? 1 : 5),
    revising(random),
    () => (tested) => (tested.clock.set(tested.clock.now() + onMs), tested.store.expire(2)),
    () => (tested) => tested.store.session(call('any')),
    () => (tested) => (tested.clock.set(tested.clock.now() - backMs), tested.store.unfreeze('hot', {})),
    (id) => (tested) => questions(tested, id),
  ];
  const found = random.below(4) === 0 ? voting(random) : acts[random.below(acts.length)];
  return found ?? revising(random);
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

const ALERTS = [
  { percent: 25, units: 100n },
  { percent: 50, units: 200n },
] as const;

function reserving(random: Random, amount: bigint): Act {
  const [hot, roll, hour] = Array.from({ length: 3 }, () => random.below(2) === 0);
  const policies = aSet(random);
  const session = [undefined, { writes: true }, { writes: false }][random.below(3)];
  const requestHash = random.below(12) === 0 ? 'other' : 'request';
  const fingerprint = random.below(4) === 0 ? `print-${random.below(2)}` : undefined;
  const ttlMs = 10 + random.below(40);
  const kind = random.below(4);
  const quorums = quorumsOf(random);
  const attempt = anAttempt(random);
  const accounts = randomAccountCharges(random, amount);
  const carve = randomCarve(random, amount);
  return (id) => (tested) => {
    const nowMs = tested.clock.now();
    const budgets = [
      ...(hot === true ? [charge('hot', { amount, limit: 400n, alerts: ALERTS })] : []),
      ...(roll === true ? [rolled(nowMs, amount)] : []),
      ...(hour === true ? [hourly('hour', nowMs, { amount, limit: 200n })] : []),
      ...accounts(id),
    ];
    const wait = waitFor(`a-${id}`, { expiresInMs: ttlMs, quorums });
    const then = [{ kind: 'start' }, { kind: 'hold' }] as const;
    const rates = [rate('r', { limit: 12, perMs: 100 })];
    const asked = {
      call: call(id, { requestHash, fingerprint }),
      policies,
      session,
      attempt,
      budgets,
      rates,
    };
    return tested.store.reserve(reservation(id, { ...asked, ttlMs, then: carve ?? then[kind] ?? wait }));
  };
}

/** A charge to a rolling window that is short enough for a random run to leave. */
function rolled(nowMs: number, amount: bigint): BudgetCharge {
  const startMs = nowMs - (nowMs % 10);
  const span = { startMs, endMs: startMs + 10, rollingMs: 60 };
  return rolling('roll', nowMs, { ...span, limit: 60n, amount, alerts: [{ percent: 50, units: 30n }] });
}

function quorumsOf(random: Random): readonly Quorum[] {
  const escalations = [{ afterMs: random.below(20), approvers: ['eve'] }];
  const elevation = random.below(2) === 0 ? {} : { elevatesForMs: 1 + random.below(50) };
  const reminders = random.below(2) === 0 ? {} : { remindersMs: [random.below(10), 10 + random.below(20)] };
  const duties = random.below(4) === 0 ? ({ separateDuties: true } as const) : {};
  const untilMs = BEGUN_MS + random.below(300);
  const deputies = [{ standsFor: 'ada', deputy: 'cy', fromMs: 0, untilMs }];
  const asked = { escalations, deputies, ...elevation, ...reminders, ...duties };
  return [quorum(1 + random.below(2), ['ada', 'bob'], asked)];
}

function revising(random: Random): Act {
  const hash = aSet(random);
  const number = 1 + random.below(3);
  const by = { author: 'ada', note: 'test' };
  return random.below(2) === 0
    ? () => (tested) => tested.store.saveRevision({ hash, documents: '[]', ...by })
    : () => (tested) => tested.store.activateRevision({ number, ...by });
}

function voting(random: Random): Act {
  const approver = ['ada', 'bob', 'eve', 'cy'][random.below(4)] ?? 'ada';
  const verdict = random.below(3) === 0 ? 'deny' : 'approve';
  const actionHash = random.below(10) === 0 ? 'other' : 'action';
  return (id) => (tested) => tested.store.vote(yes(`a-${id}`, { approver, verdict, actionHash }));
}

async function questions({ store, clock }: Tested, id: string): Promise<unknown> {
  return [
    await store.call(id),
    await store.approval(`a-${id}`),
    await store.approvals({ approver: 'bob', limit: 5 }),
    await store.approvals({ approver: 'eve', limit: 5 }),
    await store.approvals({ approver: 'cy', owner: 'ada', limit: 5 }),
    await store.session(call(id)),
    await store.activeRevision(),
    await store.revisions(2),
    await store.unresolved(5),
    await store.nextDeadline(),
    await store.denials(call(id), 3),
    await store.status([charge('hot'), rolled(clock.now(), 0n)], [rate('r', { limit: 12, perMs: 100 })]),
    await store.entries({ afterSeq: 3, limit: 5, types: ['call.settled', 'call.denied', 'call.released'] }),
  ];
}
