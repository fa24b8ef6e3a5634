import { z } from 'zod';
import { parseJson } from '../nouns/strict-json.ts';
import { buttons } from './message.ts';

/** Largest request that is read: Slack sends the message along, twelve long blocks of it at most. */
const LIMITS = { bytes: 1_048_576, depth: 64, nodes: 20_000 };

/** One press of one of our buttons, as Slack vouches for it. */
export interface Click {
  readonly kind: 'click';

  /** Who pressed it: the only field that says so. */
  readonly user: { readonly id: string; readonly team: string | undefined };

  /** The workspace that it happened in. */
  readonly team: string | undefined;
  readonly responseUrl: string | undefined;
  readonly verdict: 'approve' | 'deny';
  readonly about: { readonly approvalId: string; readonly actionHash: string; readonly tenant: string };
}

/** `other`: genuine, and about something that is not ours. `malformed`: nothing that Slack sends for our buttons. */
export type Interaction = Click | { readonly kind: 'other' } | { readonly kind: 'malformed' };

const interactionSchema = z.object({ type: z.string() });
const actionSchema = z.object({ type: z.string(), action_id: z.string(), value: z.string().optional() });
const clickSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,30}$/), team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
  response_url: z.string().optional(),
  actions: z.array(actionSchema),
});
const aboutSchema = z.strictObject({
  approvalId: z.string().min(1).max(256),
  actionHash: z.string().min(1).max(256),
  tenant: z.string().min(1).max(256),
});

/** Reads the form of an interaction whose signature was verified. */
export function readInteraction(rawBody: string | Uint8Array): Interaction {
  const payload = payloadOf(typeof rawBody === 'string' ? rawBody : Buffer.from(rawBody).toString('utf8'));
  if (!interactionSchema.safeParse(payload).success) return { kind: 'malformed' };
  const parsed = clickSchema.safeParse(payload);
  if (!parsed.success) return { kind: isClick(payload) ? 'malformed' : 'other' };
  const { user, team, response_url: responseUrl, actions } = parsed.data;
  if (!actions.some(({ action_id: id }) => buttons.has(id))) return { kind: 'other' };
  // Slack sends one press at a time: of two, nobody can say which was meant.
  const [action, ...more] = actions;
  const verdict = buttons.get(action?.action_id ?? '');
  const about = aboutSchema.safeParse(jsonOf(action?.value ?? '')).data;
  if (more.length > 0 || action?.type !== 'button' || verdict === undefined || about === undefined)
    return { kind: 'malformed' };
  const presser = { id: user.id, team: user.team_id };
  return { kind: 'click', user: presser, team: team?.id, responseUrl, verdict, about };
}

function payloadOf(form: string): unknown {
  const [payload, ...more] = new URLSearchParams(form).getAll('payload');
  return payload === undefined || more.length > 0 ? undefined : jsonOf(payload);
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text, LIMITS);
  } catch {
    return undefined;
  }
}

function isClick(payload: unknown): boolean {
  return interactionSchema.safeParse(payload).data?.type === 'block_actions';
}
