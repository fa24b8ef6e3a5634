import { type Harness, harness as open, policy } from '../engine.test-support.ts';
import { vouchedPerson } from '../identify/index.ts';
import type { Approval } from '../nouns/approval.ts';
import type { Engine } from '../nouns/engine.ts';
import type { PersonRole } from '../nouns/principal.ts';
import type { PersonCredential } from '../nouns/vouched-person.ts';

const ADA = 'ada@example.com';
const OLGA = 'olga@example.com';

const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

interface World extends Harness {
  readonly approval: Approval;
  readonly as: (id: string, ...roles: PersonRole[]) => Promise<string>;
  readonly decide: (
    credential: PersonCredential,
    changes?: object,
  ) => ReturnType<Engine['approvals']['decide']>;
}

/** A harness whose agent, owned by olga, waits for ada or bob. */
async function world(options: Parameters<typeof open>[0] = {}): Promise<World> {
  const one = await open(options);
  engines.push(one.torii);
  const waiting = await one.torii.guard(
    one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' }),
    () => 'ran',
  );
  if (waiting.kind !== 'waiting') throw new Error(`expected a waiting call, got ${waiting.kind}`);
  const { approval } = waiting;
  return {
    ...one,
    approval,
    as: (id, ...roles) => one.approverToken(id, { roles }),
    decide: (credential, changes = {}) =>
      one.torii.approvals.decide({
        credential,
        approvalId: approval.id,
        verdict: 'approve',
        actionHash: approval.actionHash,
        ...changes,
      }),
  };
}

function codeOf(answer: object | undefined): string {
  if (answer === undefined) return 'nothing';
  if ('code' in answer) return String(answer.code);
  if ('approvals' in answer && Array.isArray(answer.approvals)) return `${answer.approvals.length}`;
  return 'kind' in answer ? String(answer.kind) : 'seen';
}

test.each<[string, PersonRole[], { sees: boolean; decides: string; cancels: string }]>([
  [ADA, ['approver'], { sees: true, decides: 'counted', cancels: 'CANCEL_NOT_ALLOWED' }],
  [ADA, ['owner'], { sees: false, decides: 'NOT_AN_APPROVER', cancels: 'APPROVAL_NOT_FOUND' }],
  [ADA, ['auditor'], { sees: true, decides: 'NOT_AN_APPROVER', cancels: 'CANCEL_NOT_ALLOWED' }],
  [ADA, ['admin'], { sees: true, decides: 'NOT_AN_APPROVER', cancels: 'cancelled' }],
  ['eve', ['approver'], { sees: false, decides: 'NOT_AN_APPROVER', cancels: 'APPROVAL_NOT_FOUND' }],
  ['eve', ['approver', 'admin'], { sees: true, decides: 'NOT_AN_APPROVER', cancels: 'cancelled' }],
  ['eve', ['auditor'], { sees: true, decides: 'NOT_AN_APPROVER', cancels: 'CANCEL_NOT_ALLOWED' }],
  [OLGA, ['owner'], { sees: true, decides: 'NOT_AN_APPROVER', cancels: 'cancelled' }],
  [OLGA, ['approver'], { sees: false, decides: 'NOT_AN_APPROVER', cancels: 'APPROVAL_NOT_FOUND' }],
])('%s as %j does what the roles say', async (id, roles, expected) => {
  const one = await world();
  const credential = await one.as(id, ...roles);
  const { id: approvalId } = one.approval;

  const seen = await one.torii.approvals.get({ credential, approvalId });
  const listed = await one.torii.approvals.list({ credential });
  const cancelled = await (await world()).torii.approvals.cancel({ credential, approvalId });
  const decided = await one.decide(credential);

  expect({ seen: codeOf(seen), listed: codeOf(listed) }).toEqual(
    expected.sees ? { seen: 'seen', listed: '1' } : { seen: 'nothing', listed: '0' },
  );
  expect(codeOf(cancelled)).toBe(expected.cancels);
  expect(codeOf(decided)).toBe(expected.decides);
});

test('a person of the host decides as one with a token does, and the vote says how they were known', async () => {
  const one = await world();

  const counted = await one.decide(vouchedPerson({ id: ADA, via: 'chat' }), { comment: 'fine' });

  expect(counted).toMatchObject({
    kind: 'counted',
    approval: { votes: [{ approver: ADA, via: 'chat', comment: 'fine' }] },
  });
});

test('an agent gets no further than its own approvals, with any method', async () => {
  const one = await world();
  const other = await one.agentTokenOf({ agent: 'other' });
  const { id: approvalId } = one.approval;
  const { approvals } = one.torii;

  expect(codeOf(await one.decide(one.agentToken))).toBe('IDENTITY_INVALID');
  expect(codeOf(await approvals.list({ credential: one.agentToken }))).toBe('IDENTITY_INVALID');
  expect(codeOf(await approvals.get({ credential: other, approvalId }))).toBe('nothing');
  expect(codeOf(await approvals.cancel({ credential: other, approvalId }))).toBe('APPROVAL_NOT_FOUND');
  expect(codeOf(await approvals.get({ credential: one.agentToken, approvalId }))).toBe('seen');
  expect(codeOf(await approvals.cancel({ credential: one.agentToken, approvalId }))).toBe('cancelled');
});

test('an issuer that vouches for agents alone makes nobody who sees, decides or cancels', async () => {
  const issuer = {
    issuer: 'https://issuer.example',
    audience: 'torii',
    algorithm: 'HS256',
    key: 'k'.repeat(32),
    vouchesFor: ['agents'],
  } as const;
  const one = await world({ identity: { issuers: [issuer] } });
  const credential = await one.as(ADA, 'approver', 'admin');
  const { id: approvalId } = one.approval;

  const answers = [
    await one.decide(credential),
    await one.torii.approvals.list({ credential }),
    await one.torii.approvals.get({ credential, approvalId }),
    await one.torii.approvals.cancel({ credential, approvalId }),
  ];

  expect(answers.map(codeOf)).toEqual(Array(4).fill('IDENTITY_INVALID'));
});

test('whoever is of one tenant knows nothing of the approvals of another', async () => {
  const one = await world();
  const { id: approvalId } = one.approval;
  const elsewhere = await one.approverToken(ADA, { roles: ['approver', 'admin'], tenant: 'acme' });
  const here = await one.approverToken(ADA, { roles: ['approver', 'admin'], tenant: 'default' });
  const tried = async (credential: string, tenant?: string): Promise<readonly string[]> => {
    const whose = tenant === undefined ? {} : { tenant };
    return [
      codeOf(await one.torii.approvals.list({ credential, ...whose })),
      codeOf(await one.torii.approvals.get({ credential, approvalId, ...whose })),
      codeOf(await one.decide(credential, whose)),
      codeOf(await one.torii.approvals.cancel({ credential, approvalId, ...whose })),
    ];
  };
  const nothing = ['0', 'nothing', 'APPROVAL_NOT_FOUND', 'APPROVAL_NOT_FOUND'];

  expect(await tried(elsewhere)).toEqual(nothing);
  expect(await tried(elsewhere, 'default')).toEqual(nothing);
  expect(await tried(here, 'acme')).toEqual(nothing);
  expect(await tried(here, 'no tenant has this name')).toEqual(nothing);
  expect(await tried(here)).toEqual(['1', 'seen', 'counted', 'cancelled']);
});

describe('cancelling', () => {
  test('returns the money, and the call is told so for good', async () => {
    const one = await world();
    const { id: approvalId } = one.approval;
    const request = one.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' });

    const first = await one.torii.approvals.cancel({
      credential: one.agentToken,
      approvalId,
      comment: 'no longer needed',
    });
    const again = await one.torii.approvals.cancel({ credential: one.agentToken, approvalId });

    expect(first).toMatchObject({ kind: 'cancelled', approval: { status: 'cancelled' } });
    expect(again).toMatchObject({ kind: 'cancelled' });
    expect(await one.torii.guard(request, () => 'ran')).toMatchObject({ code: 'APPROVAL_CANCELLED' });
    expect(await one.torii.agents.status(one.agentToken)).toMatchObject({
      budgets: [{ held: 0n }, { held: 0n }],
    });
    expect(await one.torii.journal.entries({ types: ['approval.cancelled'] })).toMatchObject([
      { facts: { approval: approvalId, as: 'agent', by: 'bot', comment: 'no longer needed' } },
    ]);
  });

  test('is possible after people agreed and before it ran, and not once it ran', async () => {
    const one = await world();
    const { id: approvalId } = one.approval;
    const owner = await one.as(OLGA, 'owner');
    await one.decide(await one.as(ADA, 'approver'));
    const granted = await one.torii.approvals.cancel({ credential: owner, approvalId });
    const two = await world();
    await two.decide(await two.as(ADA, 'approver'));
    await two.torii.guard(
      two.request({ tool: 'publish', price: '2.00 USD', idempotencyKey: 'k1' }),
      () => 'ran',
    );

    expect(codeOf(granted)).toBe('cancelled');
    expect(codeOf(await two.torii.approvals.cancel({ credential: owner, approvalId: two.approval.id }))).toBe(
      'APPROVAL_RESOLVED',
    );
  });
});

test('a comment is kept as text of at most 1,000 characters, and anything else is refused', async () => {
  const one = await world();
  const credential = await one.as(ADA, 'approver');

  const odd = await one.decide(credential, { comment: { toString: () => 'fine' } });
  const long = await one.decide(credential, { comment: `\ud800${'x'.repeat(1_048_576)}` });

  expect(codeOf(odd)).toBe('CALL_INVALID');
  const said = long.kind === 'counted' ? long.approval.votes[0]?.comment : undefined;
  expect(said).toBe(`\ufffd${'x'.repeat(999)}`);
});

test.each<[string, object]>([
  ['no verdict', { verdict: undefined }],
  ['another verdict', { verdict: 'allow' }],
  ['no action hash', { actionHash: undefined }],
  ['a list of hashes', { actionHash: ['a'] }],
])('a vote with %s is no vote', async (_title, changes) => {
  const one = await world();

  expect(codeOf(await one.decide(await one.as(ADA, 'approver'), changes))).toBe('CALL_INVALID');
});

test('nobody decides what their own agent asks where duties are separate', async () => {
  const asked = { when: 'always', approvers: [ADA, OLGA], separateDuties: true };
  const one = await world({ policies: [{ ...policy, approvals: [asked] }] });

  expect(codeOf(await one.decide(await one.as(OLGA, 'approver')))).toBe('NOT_AN_APPROVER');
  expect(codeOf(await one.decide(await one.as(ADA, 'approver')))).toBe('counted');
});
