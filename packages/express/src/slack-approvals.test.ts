import { createHmac } from 'node:crypto';
import type { SlackResponse } from '@torii/engine/slack';
import type { Express } from 'express';
import { slackApprovals } from './slack-approvals.ts';
import { asked } from './router/asking.test-support.ts';
import { versions, world, type World } from './world.test-support.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';

let at: World;
let told: SlackResponse[] = [];
beforeEach(async () => {
  at = await world();
  told = [];
});
afterEach(() => at.close());

/** A press of the button that approves, as Slack sends it. */
function press({
  id,
  actionHash,
}: {
  id: string;
  actionHash: string;
}): RequestInit & { readonly body: string } {
  const payload = {
    type: 'block_actions',
    user: { id: 'U061F7AUR', team_id: 'T9TK3CUKW' },
    team: { id: 'T9TK3CUKW', domain: 'example' },
    response_url: 'https://hooks.slack.com/actions/T9TK3CUKW/1/a',
    actions: [
      {
        type: 'button',
        action_id: 'torii_approve',
        value: JSON.stringify({ approvalId: id, actionHash, tenant: 'default' }),
      },
    ],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const seconds = String(Math.floor(at.clock.now() / 1_000));
  const digest = createHmac('sha256', signingSecret).update(`v0:${seconds}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${digest}`,
  };
  return { method: 'POST', headers, body };
}

describe.each(versions)('buttons of Slack in Express $version', ({ express: make }) => {
  async function serve(before: (app: Express) => void = () => undefined): Promise<string> {
    const app = make();
    before(app);
    const options = {
      signingSecret,
      people: { U061F7AUR: 'ada@example.com' },
      clock: at.clock,
      respond: async (_: string, message: SlackResponse) => void told.push(message),
    };
    app.post('/slack', slackApprovals(at.torii, options));
    return `${await at.serve(app)}/slack`;
  }

  test('a press decides, and the message is replaced', async () => {
    const question = await asked(at);
    const url = await serve();

    const response = await fetch(url, press(question));

    expect([response.status, await response.text()]).toEqual([200, '']);
    expect([await at.count('approval.approved'), told.length]).toEqual([1, 1]);
  });

  test('a body that was changed on the way is refused', async () => {
    const question = await asked(at);
    const url = await serve();
    const sent = press(question);

    const response = await fetch(url, { ...sent, body: `${sent.body}&more=1` });

    expect([response.status, await at.count('approval.decision_submitted')]).toEqual([401, 0]);
  });

  test.each([
    ['express.urlencoded', (app: Express) => app.use(make.urlencoded({ extended: false })), 500, 0],
    ['express.raw', (app: Express) => app.use(make.raw({ type: '*/*' })), 200, 1],
  ] as const)('behind %s a press is answered %p', async (_, before, status, votes) => {
    const question = await asked(at);
    const url = await serve((app) => void before(app));

    const response = await fetch(url, press(question));

    expect([response.status, await at.count('approval.decision_submitted')]).toEqual([status, votes]);
  });

  test('a body that is too large is 413', async () => {
    const url = await serve();

    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(1_048_577) });

    expect(response.status).toBe(413);
  });
});
