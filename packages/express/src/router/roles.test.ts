import type { PersonRole } from '@torii/engine';
import { bodyOf, world, type World } from '../world.test-support.ts';
import { asked } from './asking.test-support.ts';

const links = { secret: 'l'.repeat(32), url: 'https://torii.example/approvals/link' };

let at: World;
beforeEach(async () => {
  at = await world({ approvalLinks: links });
});
afterEach(() => at.close());

const people: Readonly<Record<string, [string, PersonRole[]]>> = {
  'the approver': ['ada@example.com', ['approver']],
  'an approver of other things': ['eve@example.com', ['approver']],
  'the owner': ['olga@example.com', ['owner']],
  'another owner': ['otto@example.com', ['owner']],
  'an auditor': ['audrey@example.com', ['auditor']],
  'an admin': ['anna@example.com', ['admin']],
};

function tokenOf(who: string): Promise<string> {
  if (who === 'the agent') return at.agentToken();
  if (who === 'another agent') return at.agentToken({ agent: 'other' });
  const [id, roles] = people[who] ?? [];
  return at.approverToken(id, roles);
}

test.each`
  who                              | list   | show   | decide | cancel | endpoints
  ${'the approver'}                | ${1}   | ${200} | ${200} | ${403} | ${403}
  ${'an approver of other things'} | ${0}   | ${404} | ${403} | ${404} | ${403}
  ${'the owner'}                   | ${1}   | ${200} | ${403} | ${200} | ${403}
  ${'another owner'}               | ${0}   | ${404} | ${403} | ${404} | ${403}
  ${'an auditor'}                  | ${1}   | ${200} | ${403} | ${403} | ${200}
  ${'an admin'}                    | ${1}   | ${200} | ${403} | ${200} | ${200}
  ${'the agent'}                   | ${403} | ${200} | ${403} | ${200} | ${403}
  ${'another agent'}               | ${403} | ${404} | ${403} | ${404} | ${403}
`('$who may do what their role says', async ({ who, ...expected }: { who: string }) => {
  const { ask, id, actionHash } = await asked(at);
  const token = await tokenOf(who);
  const list = await ask('GET', '/approvals', { token });
  const { approvals } = await bodyOf(list);

  const status = async (method: string, path: string, body?: unknown): Promise<number> =>
    (await ask(method, path, { token, body })).status;
  const seen = {
    list: Array.isArray(approvals) ? approvals.length : list.status,
    show: await status('GET', `/approvals/${id}`),
    endpoints: await status('GET', '/webhooks/endpoints'),
    decide: await status('POST', `/approvals/${id}/decision`, { decision: 'approve', actionHash }),
    cancel: await status('POST', `/approvals/${id}/cancel`, { comment: 'not needed' }),
  };

  expect({ ...seen }).toEqual({
    ...expected,
    // What was approved is still cancelled by those who may.
    ...(who === 'the approver' ? { cancel: 403 } : {}),
  });
});

test.each`
  method    | path                            | code
  ${'GET'}  | ${'/approvals'}                 | ${'NOT_AN_APPROVER'}
  ${'GET'}  | ${'/webhooks/endpoints'}        | ${'NOT_AN_APPROVER'}
  ${'POST'} | ${'/webhooks/replay'}           | ${'NOT_AN_APPROVER'}
  ${'POST'} | ${'/webhooks/endpoints/a/ping'} | ${'NOT_AN_APPROVER'}
`('$method $path is refused to an agent as $code', async ({ method, path, code }) => {
  const { ask } = await asked(at);

  const response = await ask(method as string, path as string, {
    token: await at.agentToken(),
    ...(method === 'POST' ? { body: {} } : {}),
  });

  expect(await bodyOf(response)).toMatchObject({ status: 403, code });
});

test('a question that its agent withdraws ends the call', async () => {
  const { ask, id } = await asked(at);

  const response = await ask('POST', `/approvals/${id}/cancel`, { token: await at.agentToken() });

  expect(await bodyOf(response)).toMatchObject({ id, status: 'cancelled' });
  expect([await at.count('approval.cancelled'), (await at.money()).held]).toEqual([1, '0.00']);
});

test('a question that was decided and used can no longer be withdrawn', async () => {
  const { ask, id, actionHash } = await asked(at);
  await ask('POST', `/approvals/${id}/decision`, {
    token: await at.approverToken(),
    body: { decision: 'deny', actionHash },
  });

  const response = await ask('POST', `/approvals/${id}/cancel`, { token: await tokenOf('an admin') });

  expect(await bodyOf(response)).toMatchObject({ status: 409, code: 'APPROVAL_RESOLVED' });
});

test.each`
  query                                    | count
  ${'agent=bot&owner=olga@example.com'}    | ${1}
  ${'tool=publish&status=pending&limit=1'} | ${1}
  ${'tenant=default'}                      | ${1}
  ${'agent=other'}                         | ${0}
  ${'tenant=acme'}                         | ${0}
  ${'tool=search'}                         | ${0}
`('a list by `$query` has $count', async ({ query, count }) => {
  const { ask } = await asked(at);

  const response = await ask('GET', `/approvals?${query}`, { token: await tokenOf('an auditor') });

  const { approvals, next } = await bodyOf(response);
  expect(next).toBeNull();
  expect(approvals).toHaveLength(count as number);
});

test('a list goes on where its page ended', async () => {
  const { ask, url } = await asked(at);
  const headers = { authorization: `Bearer ${await at.agentToken({ session: 's2' })}` };
  await fetch(`${url}/publish`, { method: 'POST', headers });
  const token = await tokenOf('an auditor');

  const first = await bodyOf(await ask('GET', '/approvals?limit=1', { token }));
  const second = await bodyOf(
    await ask('GET', `/approvals?limit=1&cursor=${encodeURIComponent(String(first['next']))}`, { token }),
  );

  const ids = [first, second].flatMap(({ approvals }) => approvals as { id: string }[]).map(({ id }) => id);
  expect([new Set(ids).size, second['next']]).toEqual([2, null]);
});

test.each`
  path                    | body              | status | code
  ${'cancel'}             | ${{ comment: 1 }} | ${400} | ${'BODY_INVALID'}
  ${'cancel'}             | ${[]}             | ${400} | ${'BODY_INVALID'}
  ${'cancel?tenants=a'}   | ${{}}             | ${400} | ${'QUERY_INVALID'}
  ${'cancel?tenant=acme'} | ${{}}             | ${404} | ${'APPROVAL_NOT_FOUND'}
`('POST $path of $body is $code', async ({ path, body, status, code }) => {
  const { ask, id } = await asked(at);

  const response = await ask('POST', `/approvals/${id}/${path as string}`, {
    token: await tokenOf('an admin'),
    body,
  });

  expect(await bodyOf(response)).toMatchObject({ status, code });
  expect(await at.count('approval.cancelled')).toBe(0);
});

test('nobody is handed the links of others, whatever their role', async () => {
  const { ask, id } = await asked(at);

  const response = await ask('POST', `/approvals/${id}/links`, { token: await tokenOf('an admin') });

  expect(response.status).toBe(404);
});
