import { assetTable } from '../../nouns/asset.ts';
import type { Call } from '../../nouns/call.ts';
import type { Decision } from '../../nouns/decision.ts';
import { money } from '../../nouns/money.ts';
import type { Payee } from '../../nouns/payee.ts';
import { compilePolicies, type CompiledPolicies } from '../compile.ts';
import { decide } from '../decide.ts';
import type { Imported } from './imported.ts';

/** What a test says of a call. */
export interface Asked {
  readonly agent?: string;
  readonly owner?: string;
  readonly tool?: string;
  readonly price?: string;
  readonly payee?: Payee;
  readonly at?: string;
}

/** A Tuesday at noon. */
export const TUESDAY_NOON = '2026-01-13T12:00:00.000Z';

/** Compiles what an importer made, as an engine would. */
export function compiled({ policies }: Imported): CompiledPolicies {
  return compilePolicies(policies, assetTable([]));
}

/** Decides a call of 1 USD to `pay` by `agent-123`, with changes. */
export function decided(policies: CompiledPolicies, asked: Asked): Decision {
  const { agent = 'agent-123', owner = 'owner', tool = 'pay', price = '1.00 USD', payee = {} } = asked;
  const principal = { agent, owner, session: 's1', tenant: 't1', issuer: 'https://issuer.example' };
  const call: Call = {
    id: 'call_1',
    fingerprint: undefined,
    framework: 'test',
    definition: undefined,
    principal,
    tool,
    arguments: '{}',
    price: money(price),
    payee,
    effect: undefined,
    requestHash: '0',
  };
  return decide(call, policies, { nowMs: Date.parse(asked.at ?? TUESDAY_NOON) });
}

/** The decision in a word: a denial code, `allow`, `flag`, or how many of how many people have to approve. */
export function said(policies: CompiledPolicies, asked: Asked): string {
  const decision = decided(policies, asked);
  if (decision.kind === 'deny') return decision.denial.code;
  if (decision.kind === 'approve') {
    return decision.approvals
      .map(({ require, approvers }) => `${require} of ${approvers.length}`)
      .join(' and ');
  }
  return decision.flags.length > 0 ? 'flag' : 'allow';
}

/** The message of what an importer throws, or `imported`. */
export function refusal(importing: () => Imported): string {
  try {
    importing();
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
  return 'imported';
}
