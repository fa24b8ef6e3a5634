import { type Deputy, type Quorum, votePaths } from '../../nouns/approval.ts';
import type { Random } from '../../nouns/random.ts';
import { type Subject, subjectsOf } from '../../nouns/revocation.ts';
import { randomOutboxPlay } from '../../testing/contract/random-outbox.ts';
import type { Play } from '../../testing/contract/randomly.ts';
import type { Tested } from '../../testing/contract/contract-case.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import {
  anotherAttempt,
  call,
  charge,
  POLICIES,
  quorum,
  refusing,
  reservation,
  starting,
  waitFor,
  yes,
} from '../../testing/contract/samples.ts';

const HOUR_MS = 3_600_000;

/** When every run begins. */
const BEGUN_MS = fakeClock().now();
const PEOPLE = ['ada', 'bob', 'eve', 'bot'] as const;
const TOOLS = ['search', 'trade'] as const;
const SETS = [POLICIES, POLICIES, 'policies-2', 'policies-3'] as const;

/** Draws one of several. */
function oneOf<T>(random: Random, several: readonly [T, ...T[]]): T {
  return several[random.below(several.length)] ?? several[0];
}

/** How long the ids of a run are used before new ones take their place, so that a long run goes on. */
const GENERATION_MS = 100;

/** A step for the call of an id. All that is random of it is drawn before, so that every store plays the same. */
type Act = (id: string) => Play;

/**
 * A random step of approvers and operators: votes, elevations, versions of the policies, revocations, webhooks and the
 * questions about them, among few calls of two sessions, so that they meet. The same `random` gives the same steps.
 */
export function randomPeoplePlay(random: Random): Play {
  const which = random.below(3);
  const passesMs = random.below(4) === 0 ? random.below(12) : 0;
  const act = randomAct(random);
  return (tested) => {
    tested.clock.set(tested.clock.now() + passesMs);
    const generation = Math.floor(tested.clock.now() / GENERATION_MS) % 1_000;
    return act(`c${which}-${generation}`)(tested);
  };
}

function randomAct(random: Random): Act {
  const session = oneOf(random, ['s1', 's1', 's2']);
  const often = [() => asking(random, session), () => voting(random)];
  const seldom: readonly (() => Act)[] = [
    () => ending(random),
    () => ending(random),
    () => revising(random),
    () => revising(random),
    () => revoking(random, session),
    () => revoking(random, session),
    () => delivering(random),
    () => delivering(random),
    () => passing(random),
    () => announcing(random),
    () => (id) => (tested) => questions(tested, id, session),
    () => listing(random),
  ];
  const acts = random.below(5) < 3 ? often : seldom;
  return (acts[random.below(acts.length)] ?? (() => voting(random)))();
}

function quorumsOf(random: Random): readonly Quorum[] {
  const draw = (policy: string): Quorum => {
    const steps = Array.from({ length: random.below(3) }, () => random.below(20)).sort((a, b) => a - b);
    const escalations = steps.map((afterMs) => ({ afterMs, approvers: [oneOf(random, PEOPLE)] }));
    const lasts = oneOf(random, [0, 20, 60, 100 * HOUR_MS]);
    const people = PEOPLE.filter((person) => person === 'ada' || random.below(2) === 0);
    const reminders = Array.from({ length: random.below(3) }, () => random.below(30)).sort((a, b) => a - b);
    return quorum(1 + random.below(2), people, {
      policy,
      escalations,
      ...(lasts === 0 ? {} : { elevatesForMs: lasts }),
      ...(reminders.length === 0 ? {} : { remindersMs: reminders }),
      ...(random.below(3) === 0 ? { separateDuties: true } : {}),
      ...(random.below(2) === 0 ? {} : { deputies: deputiesOf(random) }),
    });
  };
  return [draw('house'), ...(random.below(2) === 0 ? [draw('other')] : [])];
}

function deputiesOf(random: Random): readonly Deputy[] {
  return Array.from({ length: 1 + random.below(2) }, () => {
    const people = { standsFor: oneOf(random, PEOPLE), deputy: oneOf(random, PEOPLE) };
    const fromMs = BEGUN_MS + random.below(200);
    const span = { fromMs, untilMs: fromMs + random.below(400) };
    return { ...people, ...oneOf(random, [span, { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER }]) };
  });
}

function asking(random: Random, session: string): Act {
  const quorums = quorumsOf(random);
  const policies = oneOf(random, [...SETS, undefined]);
  const [ttlMs, tool, kind] = [10 + random.below(80), oneOf(random, TOOLS), random.below(8)];
  const counted = oneOf(random, [undefined, { writes: true }, { writes: false }]);
  const [amount, attempt] = [BigInt(random.below(40)), anotherAttempt()];
  return (id) => {
    const wait = waitFor(`a-${id}`, { expiresInMs: ttlMs, quorums });
    const approval = { ...wait.approval, action: { ...wait.approval.action, session, tool } };
    const then = kind === 0 ? ({ kind: 'hold' } as const) : ({ kind: 'wait', approval } as const);
    const budgets = [charge('hot', { amount })];
    const asked = { call: call(id, { session, tool }), policies, session: counted, budgets, attempt };
    return ({ store }) => store.reserve(reservation(id, { ...asked, ttlMs, then }));
  };
}

function voting(random: Random): Act {
  const vote = {
    approver: oneOf(random, ['ada', ...PEOPLE]),
    verdict: oneOf<'approve' | 'deny'>(random, ['approve', 'approve', 'approve', 'approve', 'deny']),
    comment: oneOf(random, [undefined, 'fine "so far"\n']),
    actionHash: random.below(12) === 0 ? 'other' : 'action',
    via: oneOf(random, votePaths),
  };
  return (id) => (tested) => tested.store.vote(yes(`a-${id}`, vote));
}

function ending(random: Random): Act {
  const [policies, attempt] = [oneOf(random, SETS), anotherAttempt()];
  const session = { writes: true };
  const acts: readonly [Act, ...Act[]] = [
    (id) => (tested) => tested.store.start(starting(id, { policies, ttlMs: 20, attempt })),
    (id) => (tested) => tested.store.start(starting(id, { policies, ttlMs: 20, attempt })),
    (id) => (tested) => tested.store.refuse(refusing(id, { policies, session, attempt })),
    (id) => (tested) => tested.store.release(id, {}),
    (id) => withdrawing(id),
    (id) => (tested) =>
      tested.store.cancel({ approvalId: `a-${id}`, facts: { by: 'ops', status: 'forged' } }),
  ];
  return oneOf(random, acts);
}

function withdrawing(id: string): Play {
  return async ({ store }) => store.withdraw({ id, attempt: (await store.call(id))?.attempt ?? '' }, {});
}

function revising(random: Random): Act {
  const by = { author: oneOf(random, PEOPLE), note: oneOf(random, ['', 'é "quoted"']) };
  const hash = oneOf(random, SETS);
  const number = 1 + random.below(3);
  const expected = oneOf(random, [undefined, undefined, 'none', 1, 2] as const);
  const more = expected === undefined ? {} : { expected, facts: { findings: 3, previous: 'forged' } };
  return random.below(2) === 0
    ? () => (tested) => tested.store.saveRevision({ hash, documents: `["${hash}"]`, ...by })
    : () => (tested) => tested.store.activateRevision({ number, ...by, ...more });
}

function revoking(random: Random, session: string): Act {
  const subjects = subjectsOf(call('any', { session }));
  const subject: Subject = subjects[random.below(4)] ?? { kind: 'tenant', tenant: 'acme' };
  const [reason, others] = [oneOf(random, ['stolen', 'é "odd"\n']), random.below(2) * 4];
  return random.below(2) === 0
    ? () => (tested) => tested.store.revoke(subject, reason, { by: 'ops' })
    : () => (tested) => restoring(tested, subject, others);
}

/** Restores one, and often others, so that most of a run is not denied. */
async function restoring({ store }: Tested, subject: Subject, others: number): Promise<unknown> {
  const answers = [await store.restore(subject, { by: 'ops', reason: 'forged' })];
  for (const other of await store.revocations(others)) answers.push(await store.restore(other.subject, {}));
  return answers;
}

function delivering(random: Random): Act {
  const play = randomOutboxPlay(random);
  return () => play;
}

/** Time goes on, back, or three days on, after which sessions are forgotten. */
function passing(random: Random): Act {
  const onMs = oneOf(random, [3, 3, 15, 15, 40, -4, -4, 73 * HOUR_MS]);
  return () => (tested) => {
    tested.clock.set(tested.clock.now() + onMs);
    return tested.store.expire(100);
  };
}

function announcing(random: Random): Act {
  const limit = random.below(4);
  return () => (tested) => tested.store.announce(limit);
}

function listing(random: Random): Act {
  const status = oneOf(random, [undefined, 'pending', 'approved', 'denied', 'expired', 'cancelled'] as const);
  const approver = oneOf(random, [undefined, undefined, ...PEOPLE]);
  const tool = oneOf(random, [undefined, undefined, ...TOOLS]);
  const owner = oneOf(random, [undefined, undefined, 'ada', 'bob']);
  const agent = oneOf(random, [undefined, undefined, 'bot', 'ada']);
  const query = Object.fromEntries(
    Object.entries({ status, approver, tool, owner, agent }).filter(([, value]) => value !== undefined),
  );
  const limit = random.below(4);
  return () => async (tested) => {
    const page = await tested.store.approvals({ ...query, limit });
    const last = page.at(-1);
    const { createdAt = tested.clock.now(), id = 'a-c1' } = last ?? {};
    return [page, await tested.store.approvals({ ...query, limit, after: { createdAt, id } })];
  };
}

async function questions({ store }: Tested, id: string, session: string): Promise<unknown> {
  return [
    await store.approval(`a-${id}`),
    await store.call(id),
    await store.session(call('any', { session })),
    await store.nextDeadline(),
    await store.activeRevision(),
    await store.revision(2),
    await store.revisions(2),
    await store.revocations(3),
    await store.denials(call('any'), 3),
    await store.status([charge('hot')], []),
    await store.entries({ afterSeq: 2, limit: 4, types: ['approval.approved', 'access.restored'] }),
  ];
}
