import * as z from 'zod';
import type { Call } from '../nouns/call.ts';
import { effects } from '../nouns/effect.ts';
import type { Entry } from '../nouns/entry.ts';
import { moneyFrom } from '../nouns/money.ts';
import { readPayee } from '../nouns/payee.ts';

/** What became of a call, in the words of a decision. */
export interface Answer {
  readonly kind: 'allow' | 'approve' | 'deny';

  /** Set for a denial. */
  readonly code?: string;
}

/** A call as the journal tells it. */
export interface RecordedCall {
  readonly call: Call;
  readonly was: Answer;
}

const decided = z.object({
  issuer: z.string(),
  agent: z.string(),
  owner: z.string(),
  session: z.string(),
  tenant: z.string(),
  tool: z.string(),
  price: z.string(),
  framework: z.string(),
  arguments: z.string(),
  definition: z.string().optional(),
  declared: z.enum(effects).optional(),
  payee: z.record(z.string(), z.string()),
  policies: z.array(z.string()),
  state: z.enum(['started', 'held', 'waiting', 'carved']).optional(),
  code: z.string().optional(),
  shadow: z.object({ unasked: z.unknown().optional() }).optional(),
});

/**
 * The call of an entry that records a decision: held, or denied by policy or for lack of room. Undefined for any other
 * entry, also for a denial that no policy gave; `unreadable` where the entry does not say enough. Arguments are not
 * recorded: `arguments` is read through `onArguments`.
 */
export function recordedCall(
  entry: Entry,
  onArguments: () => string,
): RecordedCall | 'unreadable' | undefined {
  if (entry.type !== 'call.reserved' && entry.type !== 'call.denied') return undefined;
  // Only a decision of policy says which policies gave it; a denial without them repeats another or comes before.
  if (entry.type === 'call.denied' && !Object.hasOwn(entry.facts, 'policies')) return undefined;
  // A call that was denied a higher price goes on: this is no decision about another one.
  if (entry.facts['extension'] === true) return undefined;
  const facts = decided.safeParse(entry.facts).data;
  const price = facts && moneyFrom(facts.price);
  const payee = readPayee(facts?.payee);
  if (facts === undefined || price === undefined || 'problem' in payee || entry.callId === undefined)
    return 'unreadable';
  const {
    issuer,
    agent,
    owner,
    session,
    tenant,
    tool,
    framework,
    definition,
    declared,
    state,
    code,
    shadow,
  } = facts;
  const principal = { issuer, agent, owner, session, tenant };
  const call = {
    id: `${entry.callId}#${entry.seq}`,
    fingerprint: undefined,
    principal,
    framework,
    tool,
    definition,
    get arguments() {
      return onArguments();
    },
    price,
    payee,
    effect: declared,
    requestHash: facts.arguments,
  };
  const asked = state === 'waiting' || shadow?.unasked !== undefined;
  return { call, was: answerOf(entry, { asked, code }) };
}

/** An engine in shadow asks nobody and notes whom it would have asked: that is what its policies said. */
function answerOf(
  { type }: Entry,
  { asked, code }: { readonly asked: boolean; readonly code: string | undefined },
): Answer {
  if (type === 'call.denied') return { kind: 'deny', code: code ?? 'CALL_INVALID' };
  return { kind: asked ? 'approve' : 'allow' };
}
