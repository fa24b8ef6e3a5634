import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedJobs } from './jobs/embedded-jobs.ts';
import { type Harness, harness, policy } from './engine.test-support.ts';
import { sqliteStore } from './stores/sqlite/sqlite-store.ts';
import { fakeClock } from './testing/fake-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'torii-restart-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ADA = 'ada@example.com';
const dear = { tool: 'publish', price: '2.00 USD', idempotencyKey: 'dear-1' };

/** Processes one after the other, on the same files and with time that goes on. */
function processes(name: string): (escalate?: object) => Promise<Harness> {
  const clock = fakeClock();
  const file = (kind: string): string => join(folder, `${name}-${kind}.db`);
  return (clause = {}) =>
    harness({
      clock,
      store: sqliteStore(file('store')),
      jobs: embeddedJobs({ path: file('jobs') }),
      policies: [
        { ...policy, approvals: [{ when: 'always', approvers: [ADA], expiresIn: '1h', ...clause }] },
      ],
    });
}

async function approve({ torii, approverToken }: Harness): Promise<unknown> {
  const credential = await approverToken(ADA);
  const page = await torii.approvals.list({ credential, status: 'pending' });
  if (page.kind !== 'page') throw new Error(page.message);
  const [approval] = page.approvals;
  if (approval === undefined) throw new Error('no approval waits');
  const { id: approvalId, actionHash } = approval;
  const answer = await torii.approvals.decide({ credential, approvalId, verdict: 'approve', actionHash });
  return answer.kind;
}

test('a call that waits in one process is approved in the next and runs in a third, once', async () => {
  const open = processes('waits');
  let runs = 0;
  const run = (): number => (runs += 1);
  const first = await open();
  expect((await first.torii.guard(first.request(dear), run)).kind).toBe('waiting');
  await first.torii.close();

  const second = await open();
  expect(await approve(second)).toBe('counted');
  await second.torii.close();
  const third = await open();

  expect((await third.torii.guard(third.request(dear), run)).kind).toBe('done');
  expect(await third.torii.guard(third.request(dear), run)).toMatchObject({ code: 'CALL_ENDED' });
  expect(runs).toBe(1);
  await third.torii.close();
});

test('what was due while no process ran is done by the next: reminders, escalations and the end', async () => {
  const open = processes('due');
  const clause = { remind: ['10m', '50m'], escalate: [{ after: '20m', approvers: ['boss@example.com'] }] };
  const first = await open(clause);
  await first.torii.guard(first.request(dear), () => 'never');
  await first.torii.close();
  first.clock.set(first.clock.now() + 30 * 60_000);

  const second = await open(clause);
  await second.clock.advance(2_000);
  await second.torii.close();
  second.clock.set(second.clock.now() + 3_600_000);
  const third = await open(clause);
  await third.clock.advance(2_000);

  const types = (await third.torii.journal.entries({ limit: 100 })).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('approval.') || type === 'call.expired')).toEqual([
    'approval.created',
    'approval.reminded',
    'approval.escalated',
    'approval.expired',
    'call.expired',
  ]);
  await third.torii.close();
});
