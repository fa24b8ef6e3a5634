import { createHmac } from 'node:crypto';
import { createEngine } from '../create.ts';
import { signAgentToken, signApproverToken } from '../identify/index.ts';
import type { Approval } from '../nouns/approval.ts';
import type { Engine } from '../nouns/engine.ts';
import { memoryStore } from '../stores/memory/memory-store.ts';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { approvalMessage } from './message.ts';

/** The signing secret of a made-up app. */
export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';

const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key: 'k'.repeat(32) } as const;

/** An engine whose tool `deploy` two people may approve, and one question about it. */
export interface SlackLab {
  readonly torii: Engine;
  readonly clock: FakeClock;
  readonly approval: Approval;

  /** How the approval stands. */
  readonly standing: () => Promise<Approval>;
}

/** Opens the lab; `require` says how many people have to approve. */
export async function slackLab(require = 1): Promise<SlackLab> {
  const clock = fakeClock();
  const approvers = ['ada@example.com', 'bob@example.com'];
  const policies = [{ id: 'p', approvals: [{ when: 'always', require, approvers, expiresIn: '2h' }] }];
  const torii = await createEngine({
    policies,
    store: memoryStore(),
    identity: { issuers: [issuer] },
    clock,
  });
  const agent = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
  const credential = await signAgentToken({ ...issuer, ...agent, expiresInSeconds: 60, clock });
  const call = { framework: 'test', tool: 'deploy', arguments: { to: 'production' }, price: '0.90 USD' };
  const waiting = await torii.prepare({ credential, ...call });
  if (waiting.kind !== 'waiting') throw new Error(`expected a question, got ${waiting.kind}`);
  const { approval } = waiting;
  const admin = { approver: 'admin@example.com', roles: ['auditor'] } as const;
  return {
    torii,
    clock,
    approval,
    async standing() {
      const auditor = await signApproverToken({ ...issuer, ...admin, expiresInSeconds: 60, clock });
      const found = await torii.approvals.get({ credential: auditor, approvalId: approval.id });
      if (found === undefined || 'kind' in found) throw new Error('expected the approval');
      return found;
    },
  };
}

/** What Slack sends when somebody presses a button, as its servers write it; `change` replaces members of the payload. */
export function pressed(
  approval: Approval,
  button: 'torii_approve' | 'torii_deny',
  change: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const { text, blocks } = approvalMessage(approval);
  const value = JSON.stringify({
    approvalId: approval.id,
    actionHash: approval.actionHash,
    tenant: approval.action.tenant,
  });
  return {
    type: 'block_actions',
    user: { id: 'U061F7AUR', username: 'ada', name: 'ada', team_id: 'T9TK3CUKW' },
    api_app_id: 'AABA1ABCD',
    token: '9s8d9as89d8as9d8as989',
    container: {
      type: 'message',
      message_ts: '1548261231.000200',
      channel_id: 'CBR2V3XEX',
      is_ephemeral: false,
    },
    trigger_id: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
    team: { id: 'T9TK3CUKW', domain: 'example' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: 'CBR2V3XEX', name: 'approvals' },
    message: {
      bot_id: 'BAH5CA16Z',
      type: 'message',
      text,
      user: 'UAJ2RU415',
      ts: '1548261231.000200',
      team: 'T9TK3CUKW',
      blocks,
    },
    state: { values: {} },
    response_url: 'https://hooks.slack.com/actions/T9TK3CUKW/123456/abcdefghijklmnop',
    actions: [
      {
        action_id: button,
        block_id: 'WaXA',
        text: { type: 'plain_text', text: 'Approve', emoji: false },
        value,
        style: 'primary',
        type: 'button',
        action_ts: '1548426417.840180',
      },
    ],
    ...change,
  };
}

/** The request as it arrives, signed at this time; `headers` come on top. */
export function requestOf(
  payload: unknown,
  atMs: number,
  headers: Readonly<Record<string, string>> = {},
): { readonly rawBody: string; readonly headers: Readonly<Record<string, string>> } {
  const rawBody = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return { rawBody, headers: { ...signed(rawBody, atMs), ...headers } };
}

/** The headers by which Slack vouches for a body. */
export function signed(rawBody: string, atMs: number, secret = signingSecret): Record<string, string> {
  const seconds = Math.floor(atMs / 1_000);
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${rawBody}`).digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${digest}`,
  };
}
