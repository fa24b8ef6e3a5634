import type { WebhookApproval } from '@torii/engine/webhooks';
import { z } from 'zod';
import type { Stage } from '../stage/stage.ts';
import type { Received } from '../stage/webhook-receiver.ts';

const decisionSchema = z.object({ status: z.union([z.string(), z.number()]), code: z.string().optional() });

/** What Torii answered to a vote. */
export interface VoteAnswer {
  readonly status: number;

  /** The status of the approval; undefined where the vote did not count. */
  readonly approval: string | undefined;
  readonly code: string | undefined;
}

const approvalSchema = z.object({ quorums: z.array(z.object({ reason: z.string(), require: z.number() })) });

/** Why Torii asks, as its approver reads it over HTTP. */
export async function reasonOf(
  { url, approver }: Pick<Stage, 'url' | 'approver'>,
  approvalId: string,
): Promise<string> {
  const response = await fetch(`${url}/torii/approvals/${approvalId}`, {
    headers: { authorization: `Bearer ${approver.token}` },
  });
  const { quorums } = approvalSchema.parse(await response.json());
  return quorums.map(({ reason, require }) => `${reason}: ${require} person has to agree`).join('; ');
}

/** Approves over HTTP as the bearer of `token`, sending back the hash of the action that the webhook showed. */
export async function decide(
  { url }: Pick<Stage, 'url'>,
  {
    token,
    approval,
  }: { readonly token: string; readonly approval: Pick<WebhookApproval, 'id' | 'actionHash'> },
): Promise<VoteAnswer> {
  const response = await fetch(`${url}/torii/approvals/${approval.id}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      decision: 'approve',
      actionHash: approval.actionHash,
      comment: 'read it, publish it',
    }),
  });
  const { status, code } = decisionSchema.parse(await response.json());
  return { status: response.status, approval: typeof status === 'string' ? status : undefined, code };
}

/** Sends a genuine webhook again with another amount in it. Answers the HTTP status. */
export async function sendTampered(
  endpoint: string,
  { rawBody, payload, signature }: Received,
): Promise<number> {
  const body = rawBody.toString('utf8').replace(payload.approval.amount, '9000.00 USD');
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-webhook-signature': signature },
    body,
  });
  return response.status;
}
