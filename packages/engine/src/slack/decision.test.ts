import { slackDecision, type SlackDecisionOptions, type SlackResponse } from './decision.ts';
import { pressed, requestOf, signed, signingSecret, type SlackLab, slackLab } from './slack.test-support.ts';

let at: SlackLab;
let told: SlackResponse[] = [];
beforeEach(async () => {
  at = await slackLab();
  told = [];
});
afterEach(() => at.torii.close());

const people = { U061F7AUR: 'ada@example.com', U0BOB: 'bob@example.com', U0EVE: 'eve@example.com' };

function decider(options: Partial<SlackDecisionOptions> = {}): ReturnType<typeof slackDecision> {
  const respond = (_: string, message: SlackResponse): Promise<void> => {
    told.push(message);
    return Promise.resolve();
  };
  return slackDecision(at.torii, { signingSecret, people, respond, clock: at.clock, ...options });
}

/** How many votes were counted. */
async function votes(): Promise<number> {
  return (await at.torii.journal.entries({ types: ['approval.decision_submitted'] })).length;
}

test.each`
  button             | status
  ${'torii_approve'} | ${'approved'}
  ${'torii_deny'}    | ${'denied'}
`('a press of $button is a vote, and the message is replaced', async ({ button, status }) => {
  const payload = pressed(at.approval, button as 'torii_deny');

  const answer = await decider()(requestOf(payload, at.clock.now()));

  expect(answer).toEqual({ status: 200, body: '' });
  expect(await at.standing()).toMatchObject({
    status,
    votes: [{ approver: 'ada@example.com', via: 'chat' }],
  });
  expect(told).toEqual([expect.objectContaining({ replace_original: true, blocks: expect.any(Array) })]);
  expect(JSON.stringify(told)).not.toContain('torii_approve');
});

test('a first of two votes leaves the buttons for others', async () => {
  await at.torii.close();
  at = await slackLab(2);

  await decider()(requestOf(pressed(at.approval, 'torii_approve'), at.clock.now()));

  expect((await at.standing()).status).toBe('pending');
  expect(JSON.stringify(told)).toContain('`ada@example.com` approved');
  expect(JSON.stringify(told)).toContain('torii_approve');
});

test('a request that Slack sends again decides once', async () => {
  const decide = decider();
  const request = requestOf(pressed(at.approval, 'torii_approve'), at.clock.now());
  const retry = { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };

  const first = await Promise.all([decide(request), decide(request)]);
  const again = await decide({ ...request, headers: { ...request.headers, ...retry } });

  expect([...first, again].map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await votes()).toBe(1);
});

test('a request that is kept and sent again after five minutes is refused', async () => {
  const request = requestOf(pressed(at.approval, 'torii_approve'), at.clock.now());
  await at.clock.advance(301_000);

  const answer = await decider()(request);

  expect([answer.status, await votes(), told]).toEqual([401, 0, []]);
});

test.each`
  forgery                           | change
  ${'another body'}                 | ${{ rawBody: 'payload=%7B%7D' }}
  ${'no headers'}                   | ${{ headers: {} }}
  ${'the signature of another app'} | ${'other'}
`('$forgery is refused before any of it is read', async ({ change }) => {
  const request = requestOf(pressed(at.approval, 'torii_approve'), at.clock.now());
  const other = { headers: signed(request.rawBody, at.clock.now(), 'the secret of another app') };

  const forged = change === 'other' ? other : (change as Partial<typeof request>);
  const answer = await decider()({ ...request, ...forged });

  expect([answer.status, await votes(), told]).toEqual([401, 0, []]);
});

test.each`
  what                                   | user
  ${'somebody who is in no list'}        | ${{ id: 'U0NOBODY', team_id: 'T9TK3CUKW' }}
  ${'somebody who took the name of ada'} | ${{ id: 'U0MALLORY', username: 'ada', name: 'ada@example.com' }}
`('$what is told so, and decides nothing', async ({ user }) => {
  const payload = pressed(at.approval, 'torii_approve', { user });

  const answer = await decider()(requestOf(payload, at.clock.now()));

  expect([answer.status, await votes()]).toEqual([200, 0]);
  expect(told).toEqual([
    { text: expect.stringContaining('does not know'), response_type: 'ephemeral', replace_original: false },
  ]);
});

test('only the field in which Slack says who pressed counts, whatever others claim', async () => {
  const { actions, message, ...payload } = pressed(at.approval, 'torii_approve');
  const [action] = actions as readonly object[];
  const claims = { user: { id: 'U061F7AUR' }, user_id: 'U061F7AUR', approver: 'ada@example.com' };
  const forged = {
    ...payload,
    ...claims,
    user: { id: 'U0EVE', team_id: 'T9TK3CUKW', email: 'ada@example.com' },
    message: { ...(message as object), ...claims },
    actions: [{ ...action, ...claims }],
  };

  await decider()(requestOf(forged, at.clock.now()));

  expect([await votes(), told]).toEqual([
    0,
    [expect.objectContaining({ text: expect.stringMatching(/not asked/) })],
  ]);
});

test.each`
  workspace                               | change                                               | counts
  ${'its own'}                            | ${{}}                                                | ${1}
  ${'another one'}                        | ${{ team: { id: 'T0OTHER' } }}                       | ${0}
  ${'none'}                               | ${{ team: null }}                                    | ${0}
  ${'its own, pressed by a guest of one'} | ${{ user: { id: 'U061F7AUR', team_id: 'T0OTHER' } }} | ${0}
`('where `team` is named, a press in $workspace counts $counts times', async ({ change, counts }) => {
  const payload = pressed(at.approval, 'torii_approve', change as Record<string, unknown>);

  const answer = await decider({ team: ['T9TK3CUKW'] })(requestOf(payload, at.clock.now()));

  expect([answer.status, await votes()]).toEqual([200, counts]);
});

/** The one press of a payload, changed. */
function withActions(
  change: (action: Record<string, unknown>) => readonly unknown[],
): Record<string, unknown> {
  const payload = pressed(at.approval, 'torii_approve');
  const [action] = payload['actions'] as readonly Record<string, unknown>[];
  return { ...payload, actions: change(action ?? {}) };
}

test.each([
  ['two presses at once', (one: object) => [one, { ...one, action_id: 'torii_deny' }]],
  ['a press beside a foreign one', (one: object) => [one, { ...one, action_id: 'other' }]],
  ['a menu', (one: object) => [{ ...one, type: 'static_select' }]],
  ['no value', (one: object) => [{ ...one, value: undefined }]],
  ['a value that is no JSON', (one: object) => [{ ...one, value: 'apr_1' }]],
  [
    'a value with more in it',
    (one: object) => [{ ...one, value: '{"approvalId":"a","actionHash":"b","tenant":"c","person":"d"}' }],
  ],
  [
    'a value that says things twice',
    (one: object) => [{ ...one, value: '{"approvalId":"a","approvalId":"b","actionHash":"b","tenant":"c"}' }],
  ],
])('%s is refused as malformed', async (_, change) => {
  const answer = await decider()(requestOf(withActions(change), at.clock.now()));

  expect([answer.status, await votes(), told]).toEqual([400, 0, []]);
});

test.each([
  ['no form', '{"type":"block_actions"}'],
  ['two payloads', 'payload=%7B%22type%22%3A%22x%22%7D&payload=%7B%22type%22%3A%22x%22%7D'],
  ['no JSON', 'payload=x'],
  ['no type', 'payload=%7B%7D'],
  ['nothing', ''],
])('a signed body with %s is refused as malformed', async (_, rawBody) => {
  const answer = await decider()({ rawBody, headers: signed(rawBody, at.clock.now()) });

  expect(answer.status).toBe(400);
});

test.each([
  ['a form that was submitted', { type: 'view_submission', user: { id: 'U061F7AUR' } }],
  [
    'a button of the application',
    { type: 'block_actions', user: { id: 'U061F7AUR' }, actions: [{ type: 'button', action_id: 'theirs' }] },
  ],
])('%s is not ours: it is heard and changes nothing', async (_, payload) => {
  const answer = await decider()(requestOf(payload, at.clock.now()));

  expect([answer, told]).toEqual([{ status: 200, body: '' }, []]);
});

test.each`
  refusal              | user       | tells
  ${'of a stranger'}   | ${'U0EVE'} | ${['You are not asked to decide this. Nothing was decided.']}
  ${'that comes late'} | ${'U0BOB'} | ${[undefined, 'This was decided before. Your answer was not counted.']}
`('a press $refusal is told to who pressed', async ({ user, tells }) => {
  const decide = decider();
  if (user === 'U0BOB') await decide(requestOf(pressed(at.approval, 'torii_deny'), at.clock.now()));
  told = [];

  await decide(requestOf(pressed(at.approval, 'torii_approve', { user: { id: user } }), at.clock.now()));

  const texts = told.map((message) => ('blocks' in message ? undefined : message.text));
  expect(texts).toEqual(tells);
});

test('a press on a message about an action that has changed since decides nothing', async () => {
  const old = { ...at.approval, actionHash: '0'.repeat(64) };

  await decider()(requestOf(pressed(old, 'torii_approve'), at.clock.now()));

  expect(await votes()).toBe(0);
  expect(JSON.stringify(told)).toContain('The action has changed');
});

test('a function says who people are, and one that fails decides nothing', async () => {
  const request = requestOf(pressed(at.approval, 'torii_approve'), at.clock.now());
  const failing = decider({ people: () => Promise.reject(new Error('no directory')) });

  await expect(failing(request)).rejects.toThrow('no directory');
  expect(await votes()).toBe(0);
  await decider({
    people: ({ id, team }) => (`${id}@${team}` === 'U061F7AUR@T9TK3CUKW' ? 'ada@example.com' : undefined),
  })(request);
  expect(await votes()).toBe(1);
});

test('a message that cannot be replaced takes nothing back', async () => {
  const errors: string[] = [];
  const options = {
    respond: () => Promise.reject(new Error('gone')),
    onError: ({ message }: Error) => void errors.push(message),
  };

  const answer = await decider(options)(requestOf(pressed(at.approval, 'torii_approve'), at.clock.now()));

  expect([answer.status, await votes(), errors]).toEqual([200, 1, ['gone']]);
});

test.each([
  ['http://169.254.169.254/latest'],
  ['https://hooks.slack.com.evil.example/a'],
  ['https://hooks.slack.com:8443/a'],
  ['nonsense'],
])('nothing is sent to %s, which is not of Slack', async (url) => {
  const errors: string[] = [];
  const decide = slackDecision(at.torii, {
    signingSecret,
    people,
    clock: at.clock,
    onError: ({ message }) => void errors.push(message),
  });

  await decide(requestOf(pressed(at.approval, 'torii_approve', { response_url: url }), at.clock.now()));

  expect(errors).toEqual(['expected a `response_url` of Slack']);
});

test('an engine that cannot say is told so, and the press may be repeated', async () => {
  const decide = decider();
  await at.torii.close();

  const answer = await decide(requestOf(pressed(at.approval, 'torii_approve'), at.clock.now()));

  expect([answer.status, told]).toEqual([
    200,
    [expect.objectContaining({ text: expect.stringContaining('Press again') })],
  ]);
});

test.each([
  [{ signingSecret: '' }, 'signingSecret'],
  [{ people: undefined }, 'people'],
  [{ people: { U1: 7 } }, 'people'],
  [{ team: 'example' }, 'team'],
  [{ team: [] }, 'team'],
  [{ secret: 'x' }, 'secret'],
])('options %j are refused at once', (options, path) => {
  expect(() => slackDecision(at.torii, { signingSecret, people, ...options } as never)).toThrow(path);
});
