import { bodyOf, world, type World } from '../world.test-support.ts';
import { asked, type Asked } from './asking.test-support.ts';

const linkOptions = { secret: 'l'.repeat(32), url: 'https://torii.example/torii/approvals/link' };

let at: World;
beforeEach(async () => {
  at = await world({ approvalLinks: linkOptions });
});
afterEach(() => at.close());

/** The path and query of the link that the approver was sent. */
async function linkOf({ id }: Asked): Promise<string> {
  const [link] = await at.torii.approvals.links({ approvalId: id });
  if (link === undefined) throw new Error('nobody was sent a link');
  return `/approvals/link${new URL(link.url).search}`;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const submit = ({ ask }: Asked, link: string, body: string, headers = form): Promise<Response> =>
  ask('POST', link, { body, headers });

test('the page shows what is asked, and nothing in it is markup or hidden', async () => {
  const question = await asked(at);

  const response = await question.ask('GET', await linkOf(question));
  const page = await response.text();

  expect(response.status).toBe(200);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; \\u{202e}');
  expect(page).toContain('ada@example.com');
  expect(page).toContain('0.90 USD');
  expect(page).not.toMatch(/<script|\u202e|javascript:|https?:/);
});

test('nothing keeps the page, tells its address, frames it, or runs in it', async () => {
  const question = await asked(at);

  const { headers } = await question.ask('GET', await linkOf(question));

  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    ),
  });
});

test.each([['GET'], ['HEAD'], ['OPTIONS'], ['PUT'], ['DELETE'], ['PATCH']])(
  '%s decides nothing, whatever the address says: a scanner of links cannot approve',
  async (method) => {
    const question = await asked(at);
    const link = await linkOf(question);

    await question.ask(method, link);
    await question.ask(method, `${link}&decision=approve`);

    expect(await at.count('approval.decision_submitted')).toBe(0);
  },
);

test.each`
  decision     | status        | note
  ${'approve'} | ${'approved'} | ${'You approved this. It may happen now.'}
  ${'deny'}    | ${'denied'}   | ${'You denied this. It will not happen.'}
`('the form of the page can $decision', async ({ decision, status, note }) => {
  const question = await asked(at);
  const link = await linkOf(question);

  const response = await submit(question, link, `comment=looks+%3Cgood%3E&decision=${decision as string}`);

  const page = await response.text();
  expect([response.status, page.includes(note as string), page.includes('<form')]).toEqual([
    200,
    true,
    false,
  ]);
  expect(page).toContain('looks &lt;good&gt;');
  const shown = await question.ask('GET', `/approvals/${question.id}`, { token: await at.approverToken() });
  expect(await bodyOf(shown)).toMatchObject({
    status,
    votes: [{ approver: 'ada@example.com', via: 'link', comment: 'looks <good>' }],
  });
});

test('a form that is sent twice counts once, and says so', async () => {
  const question = await asked(at);
  const link = await linkOf(question);

  const first = await submit(question, link, 'decision=approve');
  const second = await submit(question, link, 'decision=approve');
  const changed = await submit(question, link, 'decision=deny');

  expect([first.status, second.status, changed.status]).toEqual([200, 200, 409]);
  expect(await at.count('approval.decision_submitted')).toBe(1);
});

test.each`
  what               | body                                                | type
  ${'says neither'}  | ${'decision=yes'}                                   | ${form['content-type']}
  ${'says nothing'}  | ${''}                                               | ${form['content-type']}
  ${'says both'}     | ${'decision=deny&decision=approve'}                 | ${form['content-type']}
  ${'says more'}     | ${'decision=approve&approver=eve'}                  | ${form['content-type']}
  ${'is large'}      | ${`decision=approve&comment=${'x'.repeat(16_384)}`} | ${form['content-type']}
  ${'is JSON'}       | ${'{"decision":"approve"}'}                         | ${'application/json'}
  ${'is plain text'} | ${'decision=approve'}                               | ${'text/plain'}
`('a form that $what decides nothing', async ({ body, type }) => {
  const question = await asked(at);
  const link = await linkOf(question);

  const response = await submit(question, link, body as string, { 'content-type': type as string });

  expect([response.status >= 400, response.headers.get('content-type')]).toEqual([
    true,
    'text/html; charset=utf-8',
  ]);
  expect(await at.count('approval.decision_submitted')).toBe(0);
});

test('a link that is old, forged, doubled, missing or no link at all opens nothing', async () => {
  const question = await asked(at);
  const link = await linkOf(question);
  const token = await at.approverToken();
  const broken = [
    '/approvals/link',
    '/approvals/link?token=',
    '/approvals/link?token=nonsense',
    `${link}x`,
    `${link}&token=nonsense`,
    `/approvals/link?token=${token}`,
    `/approvals/link?token=${await at.agentToken()}`,
  ];

  const shown = await Promise.all(broken.map((path) => question.ask('GET', path, { token })));
  const sent = await Promise.all(broken.map((path) => submit(question, path, 'decision=approve')));
  at.clock.advance(3_600_000);
  const old = await submit(question, link, 'decision=approve');

  expect([...shown, ...sent, old].map(({ status }) => status)).toEqual(Array(15).fill(401));
  expect(await at.count('approval.decision_submitted')).toBe(0);
});

test('the token of a link shows and decides its approval as a bearer too, and does nothing else', async () => {
  const question = await asked(at);
  const token = new URLSearchParams((await linkOf(question)).split('?')[1]).get('token') ?? '';
  const { ask, id, actionHash } = question;

  expect((await ask('GET', `/approvals/${id}`, { token })).status).toBe(200);
  expect((await ask('GET', '/approvals', { token })).status).toBe(401);
  expect((await ask('POST', `/approvals/${id}/cancel`, { token })).status).toBe(401);
  expect((await ask('GET', '/webhooks/endpoints', { token })).status).toBe(403);
  const body = { decision: 'approve', actionHash };
  expect((await ask('POST', `/approvals/${id}/decision`, { token, body })).status).toBe(200);
});

test('a session of somebody else changes nothing about whose link it is', async () => {
  const question = await asked(at, { session: () => ({ id: 'eve@example.com' }) });

  await submit(question, await linkOf(question), 'decision=approve');

  const shown = await question.ask('GET', `/approvals/${question.id}`, { token: await at.approverToken() });
  expect(await bodyOf(shown)).toMatchObject({ votes: [{ approver: 'ada@example.com', via: 'link' }] });
});

test('a store that does not answer is said on the page, and nobody is told that a vote did not count', async () => {
  const question = await asked(at);
  const link = await linkOf(question);
  await at.torii.close();

  const shown = await question.ask('GET', link);
  const sent = await submit(question, link, 'decision=approve');

  expect([shown.status, sent.status]).toEqual([503, 503]);
  expect(await shown.text()).toContain('Nothing was decided');
  const page = await sent.text();
  expect(page).toContain('It cannot be said now whether your answer counted');
  expect(page).not.toContain('Nothing was decided');
});
