import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from '../../nouns/approval.ts';
import type { CallRecord } from '../../nouns/hold.ts';
import type { Store } from '../../nouns/store.ts';
import { allEntries, assertSound, totals } from '../../testing/contract/contract-case.ts';
import { charge, quorum, reservation, starting, waitFor, yes } from '../../testing/contract/samples.ts';
import { type FakeClock, fakeClock } from '../../testing/fake-clock.ts';
import { memoryStore } from '../memory/memory-store.ts';
import { callText } from './call-record.ts';
import { type Driver, loadDriver } from './driver.ts';
import { sqliteStore } from './sqlite-store.ts';
import { createVersion3 } from './version-3.test-support.ts';

const SECOND = 1_000;
const escalations = [{ afterMs: 10 * SECOND, approvers: ['eve'] }];

let folder: string;
let driver: Driver;
let clock: FakeClock;

beforeAll(async () => {
  driver = await loadDriver();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-migrated-'));
  clock = fakeClock();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Three approvals that wait, the first with a vote and an escalation, and one that was denied. */
async function asked(): Promise<Store> {
  const store = await memoryStore().open({ clock });
  for (const [id, quorums] of [
    ['a1', [quorum(2, ['ada', 'bob'], { escalations })]],
    ['a2', [quorum(1, ['ada'])]],
    ['a3', [quorum(1, ['bob'])]],
    ['a4', [quorum(1, ['bob', 'bot'])]],
  ] as const) {
    const then = waitFor(id, { quorums });
    await store.reserve(reservation(`call-${id}`, { budgets: [charge('a')], then }));
    clock.set(clock.now() + 1);
  }
  await store.vote(yes('a1', { comment: 'fine' }));
  await store.vote(yes('a3', { approver: 'bob', verdict: 'deny' }));
  return store;
}

/** As version 3 kept it: nobody wrote down how a vote was proven, and nobody was told of anything. */
function recordOf({ noticed: _, ...approval }: Approval): string {
  const votes = approval.votes.map(({ via: __, ...vote }) => vote);
  return JSON.stringify({ ...approval, votes });
}

/** Writes what a store holds into a file of version 3. */
async function written(store: Store, path: string): Promise<void> {
  const entries = await allEntries(store);
  const approvals = (await store.approvals({ limit: 100 })).toReversed();
  const calls = await Promise.all(approvals.map(({ callId }) => store.call(callId)));
  const { budgets } = await store.status([charge('a')], []);
  const connection = driver(path);
  createVersion3(connection, entries);
  const call = connection.prepare(
    'INSERT INTO calls (id, state, deadline_ms, ended_at, record) VALUES (?, ?, ?, ?, ?)',
  );
  for (const known of calls.filter((one): one is CallRecord => one !== undefined))
    call.run(known.id, known.state, known.deadlineMs ?? null, known.endedAt ?? null, callText(known));
  connection
    .prepare('INSERT INTO buckets (key, start_ms, spent, held, frozen) VALUES (?, 0, 0, ?, 0)')
    .run('a', Number(budgets[0]?.held));
  const approval = connection.prepare('INSERT INTO approvals (id, status, record) VALUES (?, ?, ?)');
  const approver = connection.prepare(
    'INSERT INTO approvers (approver, approval, from_ms) SELECT ?, position, ? FROM approvals WHERE id = ?',
  );
  for (const known of approvals) {
    approval.run(known.id, known.status, recordOf(known));
    for (const { approvers } of known.quorums)
      for (const person of approvers) approver.run(person, known.createdAt, known.id);
  }
  connection.close();
}

async function migrated(): Promise<readonly [migrated: Store, before: Store]> {
  const path = join(folder, 'torii.db');
  const before = await asked();
  await written(before, path);
  return [await sqliteStore(path).open({ clock }), before];
}

async function idsOf(listed: ReturnType<Store['approvals']>): Promise<string> {
  return (await listed).map(({ id }) => id).join(' ');
}

test('approvals of version 3 are found as if they were asked today', async () => {
  const [store, before] = await migrated();
  const queries = [
    {},
    { status: 'pending' },
    { approver: 'ada' },
    { approver: 'bob', status: 'denied' },
    { approver: 'bot' },
    { approver: 'eve' },
    { owner: 'ada', agent: 'bot', tool: 'search' },
    { owner: 'bob' },
  ] as const;

  for (const query of queries)
    expect(await store.approvals({ ...query, limit: 10 })).toEqual(
      await before.approvals({ ...query, limit: 10 }),
    );
  expect((await store.approval('a1'))?.votes).toMatchObject([{ approver: 'ada', via: 'token' }]);
  expect(await idsOf(store.approvals({ limit: 10 }))).toBe('a4 a3 a2 a1');
  await assertSound(store);
  await store.close();
});

test('approvals of version 3 are announced, decided and withdrawn', async () => {
  const [store] = await migrated();
  clock.set(clock.now() + 10 * SECOND);

  expect(await store.announce(10)).toBe(1);
  expect(await idsOf(store.approvals({ approver: 'eve', limit: 10 }))).toBe('a1');
  expect(await store.vote(yes('a1', { approver: 'eve', via: 'link' }))).toMatchObject({
    approval: { status: 'approved', noticed: 1 },
  });
  expect((await store.start(starting('call-a1'))).kind).toBe('started');
  expect(await store.cancel({ approvalId: 'a2', facts: {} })).toMatchObject({ kind: 'cancelled' });
  expect(await totals(store, 'a')).toEqual([0n, 20n]);
  await assertSound(store);
  await store.close();
});

test('a file of many approvals is brought up to date whole', async () => {
  const path = join(folder, 'many.db');
  const before = await memoryStore().open({ clock });
  const ids = Array.from({ length: 1_001 }, (_, index) => `a${String(index).padStart(4, '0')}`);
  for (const id of ids) await before.reserve(reservation(`call-${id}`, { then: waitFor(id) }));
  const connection = driver(path);
  createVersion3(connection, await allEntries(before));
  const put = connection.prepare("INSERT INTO approvals (id, status, record) VALUES (?, 'pending', ?)");
  connection.exec('BEGIN');
  for (const known of await before.approvals({ limit: 2_000 })) put.run(known.id, recordOf(known));
  connection.exec('COMMIT');
  connection.close();

  const store = await sqliteStore(path).open({ clock });

  expect(await store.approvals({ approver: 'ada', limit: 2_000 })).toEqual(
    await before.approvals({ limit: 2_000 }),
  );
  await store.close();
});
