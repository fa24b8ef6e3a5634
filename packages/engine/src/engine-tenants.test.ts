import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Harness, harness as open } from './engine.test-support.ts';
import { signAgentToken } from './identify/index.ts';
import type { Engine } from './nouns/engine.ts';
import type { Outcome } from './nouns/outcome.ts';
import { memoryStore } from './stores/memory/memory-store.ts';
import { sqliteStore } from './stores/sqlite/sqlite-store.ts';

const ADA = 'ada@example.com';
const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;
const second = { ...issuer, issuer: 'https://two.example' } as const;

const trusted = [
  { ...issuer, vouchesFor: ['agents', 'approvers'] },
  { ...second, vouchesFor: ['agents'] },
] as const;

const people = { approvers: [ADA] };
const policy = {
  id: 'p',
  sessions: { mode: 'read-only', elevation: { ...people, tools: ['page_*'] } },
  budgets: [
    { scope: 'session', window: 'lifetime', limit: '1 USD' },
    { scope: 'agent', window: 'day', limit: '1 USD' },
    { scope: 'owner', window: 'day', limit: '1 USD' },
  ],
  tools: { deny: ['root'] },
};

const folder = mkdtempSync(join(tmpdir(), 'torii-tenants-'));
let files = 0;
const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whom a token of agent `bot` in session `s1` names besides; ada in acme by the first issuer. */
interface Whom {
  readonly owner?: string;
  readonly tenant?: string;
  readonly from?: typeof issuer | typeof second;
}

const others: readonly (readonly [string, Whom])[] = [
  ['another owner of another tenant', { owner: 'eve', tenant: 'globex' }],
  ['another owner', { owner: 'eve' }],
  ['the same owner in another tenant', { tenant: 'globex' }],
  ['the same names of another issuer', { from: second }],
];

describe.each(['memory', 'sqlite'])('agents of one name, on the %s store', (kind) => {
  let one: Harness;
  const token = ({ owner = 'ada', tenant = 'acme', from = issuer }: Whom) =>
    signAgentToken({
      ...from,
      clock: one.clock,
      expiresInSeconds: 80_000,
      agent: 'bot',
      session: 's1',
      owner,
      tenant,
    });
  const write = async (whom: Whom, changes: object = {}): Promise<Outcome<string>> =>
    one.torii.guard(
      one.request({ tool: 'page_write', credential: await token(whom), ...changes }),
      () => 'written',
    );

  beforeEach(async () => {
    const store = kind === 'memory' ? memoryStore() : sqliteStore(join(folder, `${++files}.db`));
    one = await open({ policies: [policy], identity: { issuers: trusted }, store });
    engines.push(one.torii);
  });

  test.each(others)('an elevated session says nothing about %s', async (_who, other) => {
    const asked = await write({});
    if (asked.kind !== 'waiting') throw new Error('expected a waiting call');
    await one.torii.approvals.decide({
      credential: await one.approverToken(ADA),
      approvalId: asked.approval.id,
      verdict: 'approve',
      actionHash: asked.approval.actionHash,
    });

    expect(await write({})).toMatchObject({ kind: 'done' });
    expect(await write({}, { arguments: { again: true } })).toMatchObject({ kind: 'done' });
    expect(await write(other)).toMatchObject({ kind: 'waiting', approval: { status: 'pending' } });
  });

  test.each(others)('an approval is neither given to nor seen by %s', async (_who, other) => {
    const asked = await write({});
    if (asked.kind !== 'waiting') throw new Error('expected a waiting call');
    const { id: approvalId, actionHash } = asked.approval;
    const same = await write(other);

    expect(same).toMatchObject({ kind: 'waiting' });
    expect(same.kind === 'waiting' && same.approval.actionHash).not.toBe(actionHash);
    expect(await one.torii.approvals.get({ credential: await token(other), approvalId })).toBeUndefined();
    expect(await one.torii.approvals.get({ credential: await token({}), approvalId })).toMatchObject({
      action: { tenant: 'acme', owner: 'ada' },
    });
  });

  test.each(others)('keys, ids of frameworks and equal calls are not those of %s', async (_who, other) => {
    for (const name of [{ idempotencyKey: 'k1' }, { frameworkCallId: 'c1' }, {}]) {
      const read = { tool: 'page_get', ...name };
      const [own, theirs] = [await write({}, read), await write(other, read)];

      expect([own.kind, theirs.kind]).toEqual(['done', 'done']);
      expect(own.callId).not.toBe(theirs.callId);
    }
  });

  test.each(others)('budgets and denials are not those of %s', async (_who, other) => {
    await write({}, { tool: 'page_get', price: '1 USD' });
    await write({}, { tool: 'root' });
    const [own, theirs] = [
      await one.torii.agents.status(await token({})),
      await one.torii.agents.status(await token(other)),
    ];
    if ('code' in own || 'code' in theirs) throw new Error('expected a status');

    expect(own.budgets.map(({ spent }) => spent)).toEqual([1_000_000n, 1_000_000n, 1_000_000n]);
    expect(theirs.budgets.map(({ spent }) => spent)).toEqual([0n, 0n, 0n]);
    expect([own.recentDenials.length, theirs.recentDenials.length]).toEqual([1, 0]);
    expect(await write(other, { tool: 'page_get', price: '1 USD' })).toMatchObject({ kind: 'done' });
  });
});

test('a suspicious session that only reads is trusted again, and asking does not make it worse', async () => {
  const watched = { id: 'p', anomaly: { after: 5, writeRate: 80 }, effects: { allow: ['read', 'mutating'] } };
  const one = await open({ policies: [watched] });
  engines.push(one.torii);
  const ask = async (tool: string, index: number): Promise<string> => {
    const outcome = await one.torii.guard(one.request({ tool, arguments: { index } }), () => tool);
    return outcome.kind === 'denied' ? outcome.code : outcome.kind;
  };
  const tools = [...Array<string>(5).fill('page_write'), 'page_write', 'page_get', 'page_get', 'page_write'];
  const answers: string[] = [];
  for (const [index, tool] of tools.entries()) answers.push(await ask(tool, index));

  // 5 of 5, then 6 of 6, 6 of 7 and 6 of 8 wrote.
  expect(answers).toEqual([...Array<string>(5).fill('done'), 'EFFECT_NOT_ALLOWED', 'done', 'done', 'done']);
});

test('0.10 USD fits three times into a budget of 0.30 USD, and not a fourth time', async () => {
  const tight = { id: 'p', budgets: [{ scope: 'agent', window: 'day', limit: '0.30 USD' }] };
  const one = await open({ policies: [tight] });
  engines.push(one.torii);
  const outcomes: Outcome<number>[] = [];
  for (const index of [1, 2, 3, 4])
    outcomes.push(
      await one.torii.guard(one.request({ price: '0.10 USD', arguments: { index } }), () => index),
    );

  expect(outcomes.map((outcome) => (outcome.kind === 'denied' ? outcome.code : outcome.kind))).toEqual([
    'done',
    'done',
    'done',
    'BUDGET_EXCEEDED',
  ]);
  expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
    budgets: [{ spent: 300_000n, held: 0n }],
  });
});
