import type { ApprovalPlace } from '../../nouns/approval.ts';
import type { Store } from '../../nouns/store.ts';
import { byBytes } from '../../stores/order.ts';
import { quorum, reservation, waitFor, yes } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { slotStore } from '../holds/differential.test-support.ts';
import { PARTS } from '../keys.ts';
import type { Slot } from '../script.ts';
import { type SlotLab, slotLab } from '../slot.test-support.ts';

const SECOND = 1_000;

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

async function opened() {
  const clock = fakeClock();
  const slot = await lab.slot(() => clock.now());
  return { clock, slot, store: slotStore(slot) };
}

/** Writes approvals as they were kept before there were notices: listed by a number, and only for who may decide. */
async function asBefore({ keys }: Slot, ids: readonly string[]): Promise<void> {
  const source = String.raw`
for place, id in ipairs(ARGV) do
  local approval = cmsgpack.unpack(redis.call('HGET', KEYS[1], 's:' .. id))
  approval.place, approval.approvers = string.format('%016.0f', place), string.sub(approval.names, 1, -67)
  approval.votes = string.gsub(approval.votes, ',"via":"token"', '')
  approval.names, approval.noticed, approval.notice = nil, nil, nil
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if string.sub(member, -#id) == id then
      redis.call('ZREM', KEYS[2], member)
    end
  end
  local letter, entry = string.sub(approval.status, 1, 1), approval.place .. id
  redis.call('ZADD', KEYS[2], 0, 'aa' .. entry, 0, 'as' .. letter .. entry)
  for at = 1, #approval.approvers, 22 do
    local name = string.sub(approval.approvers, at, at + 21)
    redis.call('ZADD', KEYS[2], 0, 'ap' .. name .. entry, 0, 'aq' .. name .. letter .. entry)
  end
  redis.call('HSET', KEYS[1], 's:' .. id, cmsgpack.pack(approval))
  redis.call('HDEL', KEYS[1], 'n:' .. id)
end`;
  const [approvals = '', index = ''] = (['approvals', 'index'] as const).map(
    (part) => keys[PARTS.indexOf(part)],
  );
  await lab.client.eval(source, 2, approvals, index, ...ids);
}

const idsOf = async (listed: ReturnType<Store['approvals']>): Promise<readonly string[]> =>
  (await listed).map(({ id }) => id);

/** Approvals of one moment are listed by their ids. */
const idOf = (index: number): string => `a${String(index).padStart(3, '0')}`;

test('reads as many pages as it takes to find what an approver may decide by now', async () => {
  const { store, clock } = await opened();
  const later = quorum(1, ['ada'], { escalations: [{ afterMs: 30 * SECOND, approvers: ['eve'] }] });
  const expected: string[] = [];
  for (let index = 0; index < 180; index++) {
    const isHers = index % 40 === 3;
    if (isHers) expected.unshift(idOf(index));
    const quorums = [isHers ? quorum(1, ['eve', 'ada']) : later];
    await store.reserve(reservation(`c${index}`, { then: waitFor(idOf(index), { quorums }) }));
  }
  const all = Array.from({ length: 180 }, (_, index) => idOf(179 - index));

  expect(await idsOf(store.approvals({ approver: 'eve', limit: 100 }))).toEqual(expected);
  expect(await idsOf(store.approvals({ approver: 'eve', status: 'pending', limit: 2 }))).toEqual(
    expected.slice(0, 2),
  );
  expect(await idsOf(store.approvals({ limit: 120 }))).toEqual(all.slice(0, 120));
  clock.set(clock.now() + 30 * SECOND);
  expect(await idsOf(store.approvals({ approver: 'eve', limit: 1_000 }))).toEqual(all);
});

test('keeps approvals whose ids and people look like parts of something else apart', async () => {
  const { store } = await opened();
  const ids = ['a', 'aa', 's:a', 'o:a', '0000000000000001', 'p', 'é\n"', '{}'];
  for (const [index, id] of ids.entries()) {
    const quorums = [quorum(1, [`person ${id}`, 'ada'])];
    await store.reserve(reservation(`c${index}`, { then: waitFor(id, { quorums }) }));
  }

  for (const id of ids.slice(0, 4)) await store.vote(yes(id));

  const latest = ids.toSorted(byBytes).toReversed();
  const approved = latest.filter((id) => ids.indexOf(id) < 4);
  expect(await idsOf(store.approvals({ limit: 10 }))).toEqual(latest);
  expect(await idsOf(store.approvals({ status: 'approved', limit: 10 }))).toEqual(approved);
  for (const id of ids) {
    expect((await store.approval(id))?.id).toBe(id);
    expect(await idsOf(store.approvals({ approver: `person ${id}`, limit: 10 }))).toEqual([id]);
  }
});

test('counts everybody once when 100 people vote on one approval at once', async () => {
  const { store } = await opened();
  const people = Array.from({ length: 100 }, (_, index) => `person ${index}`);
  const quorums = [quorum(100, people)];
  await store.reserve(reservation('c1', { then: waitFor('a1', { quorums }) }));

  const answers = await Promise.all(people.map((approver) => store.vote(yes('a1', { approver }))));

  const approval = await store.approval('a1');
  expect(answers.every(({ kind }) => kind === 'counted')).toBe(true);
  expect(approval?.status).toBe('approved');
  expect(new Set(approval?.votes.map(({ approver }) => approver))).toEqual(new Set(people));
  const types = ['approval.decision_submitted', 'approval.approved'] as const;
  expect(await store.entries({ afterSeq: 0, limit: 1_000, types })).toHaveLength(101);
});

test.each([
  ['an id', { id: '\ud800' }],
  ['a hash', { actionHash: '\ud800' }],
])('holds nothing for an approval with %s that the journal cannot record', async (_, change) => {
  const { store } = await opened();

  const asked = store.reserve(reservation('c1', { then: waitFor('a1', change) }));

  await expect(asked).rejects.toMatchObject({ code: 'NOT_CANONICAL' });
  expect(await store.call('c1')).toBeUndefined();
  expect(await store.entries({ afterSeq: 0, limit: 10 })).toEqual([]);
});

test('writes no vote whose comment the journal cannot record', async () => {
  const { store } = await opened();
  await store.reserve(reservation('c1', { then: waitFor('a1') }));

  await expect(store.vote(yes('a1', { comment: '\udfff' }))).rejects.toMatchObject({ code: 'NOT_CANONICAL' });

  expect(await store.approval('a1')).toMatchObject({ status: 'pending', votes: [] });
});

test('lists, decides, withdraws and ends approvals of before there were notices', async () => {
  const { store, slot, clock } = await opened();
  const ids = ['decided', 'expires', 'open', 'voted', 'withdrawn'];
  for (const id of ids) {
    const quorums = [quorum(id === 'voted' ? 2 : 1, ['ada', 'bob'])];
    await store.reserve(reservation(`call-${id}`, { then: waitFor(id, { quorums }) }));
  }
  await store.vote(yes('voted'));
  const before = await store.approvals({ limit: 10 });
  await asBefore(slot, ids);

  expect(await store.approvals({ limit: 10 })).toEqual(before);
  await store.vote(yes('decided'));
  await store.vote(yes('voted', { approver: 'bob' }));
  await store.cancel({ approvalId: 'withdrawn', facts: {} });
  clock.set(clock.now() + 1);
  await store.reserve(reservation('call-new', { then: waitFor('new') }));

  const latest = ['new', 'withdrawn', 'voted', 'open', 'expires', 'decided'];
  expect(await idsOf(store.approvals({ limit: 10 }))).toEqual(latest);
  expect(await idsOf(store.approvals({ approver: 'bob', status: 'pending', limit: 10 }))).toEqual([
    'open',
    'expires',
  ]);
  const paged: string[] = [];
  for (let after: ApprovalPlace | undefined; paged.length < latest.length;) {
    const [next] = await store.approvals({ limit: 1, ...(after === undefined ? {} : { after }) });
    if (next === undefined) break;
    after = next;
    paged.push(next.id);
  }
  expect(paged).toEqual(latest);
  clock.set((before[0]?.expiresAt ?? 0) + 10);
  await store.expire(10);
  const statuses = ids.map(async (id) => (await store.approval(id))?.status);
  expect(await Promise.all(statuses)).toEqual(['expired', 'expired', 'expired', 'expired', 'cancelled']);
});
