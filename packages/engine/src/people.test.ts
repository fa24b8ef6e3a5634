import { type Harness, harness } from './engine.test-support.ts';
import { vouchedPerson } from './identify/index.ts';
import type { PersonCredential } from './nouns/vouched-person.ts';

const ADA = 'ada@example.com';
const url = 'https://torii.example/approve';

let one: Harness;

beforeEach(async () => {
  one = await harness({ approvalLinks: { secret: 'l'.repeat(32), url } });
});

afterEach(() => one.torii.close());

function identify(credential: PersonCredential) {
  return one.torii.people.identify(credential);
}

test('an approver token proves a person with the roles and the tenant that it says', async () => {
  const plain = await identify(await one.approverToken(ADA));
  const auditor = await identify(await one.approverToken(ADA, { roles: ['auditor'], tenant: 'acme' }));

  expect(plain).toMatchObject({ id: ADA, roles: ['approver', 'owner'], via: 'token' });
  expect(auditor).toMatchObject({ id: ADA, roles: ['auditor'], tenant: 'acme', via: 'token' });
});

test('a link proves the person whom it was signed for, for one action of one approval', async () => {
  const waiting = await one.torii.authorize(one.request({ tool: 'publish', price: '2.00 USD' }));
  if (waiting.kind !== 'waiting') throw new Error('expected a waiting call');
  const { id: approvalId, actionHash } = waiting.approval;
  const [link] = await one.torii.approvals.links({ approvalId });

  const person = await identify(new URL(link?.url ?? url).searchParams.get('token') ?? undefined);

  expect(person).toMatchObject({ id: ADA, via: 'link', only: { approvalId, actionHash } });
});

test('a person whom the host vouches for is whom the host says', async () => {
  const person = await identify(vouchedPerson({ id: ADA, roles: ['admin'], via: 'session' }));

  expect(person).toMatchObject({ id: ADA, roles: ['admin'], via: 'session' });
});

test.each`
  credential                    | code                  | give
  ${'nothing'}                  | ${'IDENTITY_MISSING'} | ${() => undefined}
  ${'an agent token'}           | ${'IDENTITY_INVALID'} | ${() => one.agentToken}
  ${'text that is no token'}    | ${'IDENTITY_INVALID'} | ${() => ADA}
  ${'what JSON says of people'} | ${'IDENTITY_INVALID'} | ${() => JSON.parse(`{"id":"${ADA}","roles":["admin"],"via":"session"}`)}
`('$credential proves nobody: $code', async ({ code, give }) => {
  const answer = await identify(give());

  expect(answer).toMatchObject({ kind: 'denied', code });
});

test('who somebody is can be said while the store does not answer', async () => {
  const token = await one.approverToken(ADA);
  await one.torii.close();

  expect(await identify(token)).toMatchObject({ id: ADA });
});
