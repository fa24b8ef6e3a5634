import { isDeepStrictEqual } from 'node:util';
import { memoryStore } from '../../stores/memory/memory-store.ts';
import { allEntries, promising, type Tested } from '../../testing/contract/contract-case.ts';
import {
  call,
  POLICIES,
  quorum,
  refusing,
  reservation,
  waitFor,
  yes,
} from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { firstDifference, slotStore } from '../holds/differential.test-support.ts';
import { randomPeoplePlay } from './people.test-support.ts';
import type { ScriptClient } from '../script.ts';
import { VOTE } from '../scripts/approvals.ts';
import { planting, type SlotLab, slotLab } from '../slot.test-support.ts';

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const played = { steps: 80, isSame: isDeepStrictEqual, plays: randomPeoplePlay };

test('answers approvers and operators as memory does, and writes the same, in 100 random runs', async () => {
  const difference = await firstDifference(lab, { ...played, seeds: upTo(100) });

  expect(difference?.redis).toStrictEqual(difference?.memory);
  expect(difference).toBeUndefined();
}, 300_000);

const SECOND = 1_000;

function keysOf<T extends object>(value: T): (keyof T & string)[] {
  return Object.keys(value) as (keyof T & string)[];
}

const by = { author: 'ada', note: '' };
const lasting = quorum(1, ['ada'], {
  elevatesForMs: 60 * SECOND,
  escalations: [{ afterMs: 10 * SECOND, approvers: ['eve'] }],
});
const two = quorum(2, ['ada', 'bob'], {
  escalations: [{ afterMs: 10 * SECOND, approvers: ['eve', 'ada'] }],
  deputies: [{ standsFor: 'ada', deputy: 'cy', fromMs: 0, untilMs: fakeClock().now() + SECOND / 2 }],
  remindersMs: [0],
});

/** Two sets of policies of which the first is active, and two approvals: one vote elevates by either. */
async function asked({ store }: Tested): Promise<void> {
  for (const hash of [POLICIES, 'policies-2']) await store.saveRevision({ hash, documents: '[]', ...by });
  await store.activateRevision({ number: 1, ...by });
  for (const [id, quorums] of [
    ['a1', [lasting]],
    ['a2', [lasting, quorum(1, ['ada'], { policy: 'other', elevatesForMs: SECOND })]],
    ['a3', [two]],
  ] as const) {
    await store.reserve(
      reservation(`c-${id}`, { session: { writes: true }, then: waitFor(id, { quorums }) }),
    );
  }
}

const meanwhile = {
  nothing: () => Promise.resolve(),
  'the same vote': ({ store }) => store.vote(yes('a1')),
  'another vote': ({ store }) => store.vote(yes('a3', { approver: 'bob' })),
  'a denial': ({ store }) => store.vote(yes('a3', { approver: 'bob', verdict: 'deny' })),
  'another elevation': ({ store }) => store.vote(yes('a2')),
  'other policies': ({ store }) => store.activateRevision({ number: 2, ...by }),
  'a refusal of its call': ({ store }) => store.refuse(refusing('c-a1')),
  'another decision of its session': ({ store }) =>
    store.reserve(reservation('c9', { session: { writes: true } })),
  'another decision under other policies': async ({ store }) => {
    await store.activateRevision({ number: 2, ...by });
    await store.reserve(reservation('c9', { session: { writes: true }, policies: 'policies-2' }));
  },
  'an elevation that other policies ended': async ({ store }) => {
    await store.vote(yes('a2'));
    await store.activateRevision({ number: 2, ...by });
    await store.reserve(reservation('c9', { session: { writes: true }, policies: 'policies-2' }));
    await store.activateRevision({ number: 1, ...by });
  },
  'a vote in its place': ({ store }) => store.vote(yes('a3', { approver: 'cy' })),
  'a withdrawal': ({ store }) => store.cancel({ approvalId: 'a3', facts: {} }),
  'a notice': ({ store }) => store.announce(1),
  'the last moment of a deputy': ({ clock }) => Promise.resolve(clock.set(clock.now() + SECOND / 2)),
  'its last millisecond': ({ clock }) => Promise.resolve(clock.set(clock.now() + 60 * SECOND - 1)),
  'its deadline': ({ clock }) => Promise.resolve(clock.set(clock.now() + 60 * SECOND)),
  'an escalation': ({ clock }) => Promise.resolve(clock.set(clock.now() + 10 * SECOND)),
} satisfies Record<string, (tested: Tested) => Promise<unknown>>;

/** A client that does something else once, right before the first vote is written; `now` is the time after it. */
function interrupted(client: ScriptClient, first: () => Promise<unknown>, now: () => number): ScriptClient {
  let isFirst = true;
  return {
    async evalsha(sha, keyCount, ...args) {
      if (sha !== VOTE.sha || !isFirst) return client.evalsha(sha, keyCount, ...args);
      isFirst = false;
      await first();
      // Behind the keys come the epoch, the floor and the time.
      return client.eval(VOTE.source, keyCount, ...args.with(keyCount + 2, now()));
    },
    eval: (...asked) => client.eval(...asked),
  };
}

const votes = {
  'a vote that elevates': yes('a1'),
  'a vote beside an elevation': yes('a2'),
  'the first of two votes': yes('a3'),
  'a vote of a deputy': yes('a3', { approver: 'cy' }),
  'a vote that denies': yes('a3', { verdict: 'deny', comment: 'no' }),
} as const;

/** What a vote came to on memory and on Redis, where something else came right before it was written. */
async function votedAfter(
  { between, vote }: { readonly between: keyof typeof meanwhile; readonly vote: keyof typeof votes },
  client: ScriptClient = lab.client,
): Promise<readonly [redis: unknown, memory: unknown]> {
  const clocks = [fakeClock(), fakeClock()] as const;
  const memory = promising({ store: await memoryStore().open({ clock: clocks[0] }), clock: clocks[0] });
  const slot = await lab.slot(() => clocks[1].now(), client);
  const redis = { store: slotStore(slot), clock: clocks[1] };
  for (const tested of [memory, redis]) await asked(tested);
  const something = meanwhile[between];
  const through = interrupted(
    client,
    () => something(redis),
    () => clocks[1].now(),
  );

  await something(memory);
  const expected = await memory.store.vote(votes[vote]);
  const told = await slotStore({ ...slot, client: through }).vote(votes[vote]);

  const stateOf = async ({ store }: Tested): Promise<unknown> => [
    await store.session(call('any')),
    await allEntries(store),
  ];
  return [
    [told, await stateOf(redis)],
    [expected, await stateOf(memory)],
  ];
}

/** Votes bear the time at which they were decided, so those that it does not concern are not as after it. */
const SOON = 'the last moment of a deputy';

test('a deputy whose time ends between reading and writing is refused', async () => {
  const [redis, memory] = await votedAfter({ between: SOON, vote: 'a vote of a deputy' });

  expect(redis).toStrictEqual(memory);
  expect(redis).toMatchObject([{ kind: 'refused', code: 'NOT_AN_APPROVER' }, {}]);
});

describe.each(keysOf(meanwhile).filter((between) => between !== SOON))(
  '%s between reading and writing',
  (between) => {
    test.each(keysOf(votes))('%s is counted as after it', async (vote) => {
      const [redis, memory] = await votedAfter({ between, vote });

      expect(redis).toStrictEqual(memory);
    });
  },
);

interface Planted {
  readonly bug: string;
  readonly find: string;
  readonly replace: string;

  /** What must notice it: random runs, a promise of the contract, or something between reading and writing. */
  readonly foundBy: 'runs' | RegExp | Parameters<typeof votedAfter>[0];
}

const planted: readonly Planted[] = [
  {
    bug: 'writes a vote whoever voted meanwhile',
    find: 'approval.revision ~= tonumber(ARGV[5])',
    replace: 'false',
    foundBy: { between: 'another vote', vote: 'the first of two votes' },
  },
  {
    bug: 'writes a vote after the deadline',
    find: 'or now >= tonumber(ARGV[6])',
    replace: '',
    foundBy: { between: 'its deadline', vote: 'the first of two votes' },
  },
  {
    bug: 'elevates under whatever policies are active',
    find: "(policies or '') ~= ARGV[11]",
    replace: 'false',
    foundBy: { between: 'other policies', vote: 'a vote that elevates' },
  },
  {
    bug: 'forgets an elevation that was given meanwhile',
    find: 'elevationsOf(approval.session) ~= ARGV[13]',
    replace: 'false',
    foundBy: { between: 'another elevation', vote: 'a vote that elevates' },
  },
  {
    bug: 'keeps the money of what a person denied',
    find: '  returnHold(call)\n',
    replace: '',
    foundBy: 'runs',
  },
  {
    bug: 'lets a denied call repeat without its denial',
    find: "  call[DENIED] = 'kept'\n",
    replace: '',
    foundBy: 'runs',
  },
  {
    bug: 'lists an approval under its old status too',
    find: "command('ZREM', INDEX, member)",
    replace: 'local _ = member',
    foundBy: 'runs',
  },
  {
    bug: 'lists an approval that is opened anew by its old time too',
    find: 'approval.created and listsOf(id, approval) or {}',
    replace: "approval.status ~= 'approved' and approval.created and listsOf(id, approval) or {}",
    foundBy: 'runs',
  },
  {
    bug: 'gives a notice again and again',
    find: '{ noticed = noticed, notice =',
    replace: '{ noticed = approval.noticed, notice =',
    foundBy: 'runs',
  },
  {
    bug: 'gives notices past the deadline',
    find: 'current(readApproval(id).call)\n  local approval = readApproval(id)\n  if',
    replace: 'local approval = readApproval(id)\n  if',
    foundBy: /gives none from the deadline of the call on/,
  },
  {
    bug: 'forgets the next notice once somebody voted',
    find: 'votes = ARGV[8], resolved',
    replace: 'votes = ARGV[8], notice = false, resolved',
    foundBy: 'runs',
  },
  {
    bug: 'ends a started call with its approval',
    find: "call[STATE] ~= 'waiting' or call[APPROVAL]",
    replace: "(call[STATE] ~= 'waiting' and call[STATE] ~= 'started') or call[APPROVAL]",
    foundBy: /leaves a call that has started, and whatever has ended, as it is/,
  },
  {
    bug: 'ends a call by an approval that it has used',
    find: ' or call[APPROVAL] ~= id',
    replace: '',
    foundBy: /does not end a call by an approval that it has used/,
  },
  {
    bug: 'keeps the money of what was withdrawn',
    find: 'resolved = now })\nreturnHold(call)\n',
    replace: 'resolved = now })\n',
    foundBy: 'runs',
  },
  {
    bug: 'writes a withdrawal again',
    find: "if approval.status == 'cancelled' then",
    replace: 'if false then',
    foundBy: 'runs',
  },
  {
    bug: 'keeps elevations of other policies when a decision is counted',
    find: "elevated.under ~= (policies or '')",
    replace: 'false',
    foundBy: { between: 'an elevation that other policies ended', vote: 'a vote that elevates' },
  },
  {
    bug: 'counts a denied call as a writing one',
    find: '  elseif writes then\n',
    replace: '  end\n  if writes then\n',
    foundBy: 'runs',
  },
  {
    bug: 'forgets a session while it is elevated',
    find: 'math.max(now + SESSION_KEPT_MS, lasts)',
    replace: 'now + SESSION_KEPT_MS',
    foundBy: /remembers a session for 72 hours after its last decision, and while it is elevated/,
  },
  { bug: 'looks for nobody who was revoked', find: 'revoked = revoked + 1', replace: '', foundBy: 'runs' },
  {
    bug: 'looks no more for others once one was restored',
    find: 'revoked = revoked - 1',
    replace: 'revoked = 0',
    foundBy: 'runs',
  },
  {
    bug: 'names the narrowest subject that is revoked',
    find: 'for kind = 0, 3 do',
    replace: 'for kind = 3, 0, -1 do',
    foundBy: 'runs',
  },
  {
    bug: 'activates whatever was activated meanwhile',
    find: 'if activation() ~= ARGV[6] then',
    replace: 'if false then',
    foundBy: /lets one of 64 that expect the same be activated/,
  },
  {
    bug: 'gives two sets one number',
    find: 'lastRevision() + 1 ~= tonumber(number)',
    replace: 'false',
    foundBy: /gives each of 64 sets that are saved at once a number/,
  },
  {
    bug: 'does not tell who reserves that other policies are active',
    find: "command('HSET', HEAD, 'policies', ARGV[5])",
    replace: '',
    foundBy: 'runs',
  },
];

/** Whether whatever has to notice a bug does. */
async function isNoticed(foundBy: Planted['foundBy'], client: ScriptClient): Promise<boolean> {
  if (foundBy === 'runs') {
    try {
      return (await firstDifference(lab, { ...played, seeds: upTo(200), through: client })) !== undefined;
    } catch {
      return true;
    }
  }
  if (!(foundBy instanceof RegExp)) return !isDeepStrictEqual(...(await votedAfter(foundBy, client)));
  const promised = storeContract().filter(({ title }) => foundBy.test(title));
  expect(promised).toHaveLength(1);
  const open = async (): Promise<Tested> => {
    const clock = fakeClock();
    return { store: slotStore(await lab.slot(() => clock.now(), client)), clock };
  };
  const checks = await Promise.allSettled(promised.map((promise) => promise.run(open)));
  return checks.some(({ status }) => status === 'rejected');
}

describe('a planted bug is noticed', () => {
  test.each(planted)(
    '$bug',
    async ({ find, replace, foundBy }) => {
      let isPlanted = false;
      const client = planting(lab.client, { find, replace, done: () => (isPlanted = true) });

      expect(await isNoticed(foundBy, client)).toBe(true);
      expect(isPlanted).toBe(true);
    },
    120_000,
  );

  test('and none is where there is none', async () => {
    const client = planting(lab.client, { find: 'HGET', replace: 'HGET', done: () => {} });
    const between = { between: 'another elevation', vote: 'a vote that elevates' } as const;

    expect(await isNoticed(/lets one of 64 that expect the same be activated/, client)).toBe(false);
    expect(await isNoticed(between, client)).toBe(false);
  });
});
