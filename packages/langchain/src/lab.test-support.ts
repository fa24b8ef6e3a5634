import {
  type Approval,
  createEngine,
  type Engine,
  memoryStore,
  type PolicyDocument,
  signAgentToken,
  signApproverToken,
} from '@torii/engine';
import type { ToolDecision } from '@torii/engine/doors';

const issuer = {
  issuer: 'https://login.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: new Uint8Array(32).fill(7),
} as const;

/** A signed token of an agent of Ann's, in one session. */
export function tokenOf(agent: string, session = 's1'): Promise<string> {
  return signAgentToken({ ...issuer, agent, owner: 'ann', session, expiresInSeconds: 3_600 });
}

export type LabOptions = Partial<Parameters<typeof createEngine>[0]>;

export interface Lab {
  readonly torii: Engine;

  /** Of an agent called `bot`. */
  readonly token: string;

  /** What every guarded tool needs; `onDecision` writes to `told`. */
  readonly common: {
    readonly torii: Engine;
    readonly identify: string;
    readonly onDecision: (decision: ToolDecision) => void;
  };
  readonly told: readonly ToolDecision[];

  /** How the calls stood that the application was told of: the kind, or the code of a denial. */
  readonly kinds: () => readonly string[];
  readonly approvals: (status: 'pending' | 'cancelled') => Promise<readonly Approval[]>;

  /** Ann decides every approval that is open. */
  readonly vote: (verdict: 'approve' | 'deny') => Promise<void>;

  /** What the first budget of the agent says, in micro-dollars. */
  readonly spent: () => Promise<{ readonly spent: bigint; readonly held: bigint }>;
}

/** An engine with a policy, an agent called `bot` and an approver called `ann`. */
export async function lab(policy: Omit<PolicyDocument, 'id'>, options: LabOptions = {}): Promise<Lab> {
  const torii = await createEngine({
    policies: [{ id: 'rules', ...policy }],
    store: memoryStore(),
    identity: { issuers: [issuer] },
    ...options,
  });
  const token = await tokenOf('bot');
  const approver = await signApproverToken({ ...issuer, approver: 'ann', expiresInSeconds: 3_600 });
  const told: ToolDecision[] = [];
  const approvals: Lab['approvals'] = async (status) => {
    const answer = await torii.approvals.list({ credential: approver, status });
    return answer.kind === 'page' ? answer.approvals : [];
  };
  return {
    torii,
    token,
    common: { torii, identify: token, onDecision: (decision) => void told.push(decision) },
    told,
    kinds: () => told.map(({ outcome }) => (outcome.kind === 'denied' ? outcome.code : outcome.kind)),
    approvals,
    vote: async (verdict) => {
      for (const { id, actionHash } of await approvals('pending')) {
        await torii.approvals.decide({ credential: approver, approvalId: id, verdict, actionHash });
      }
    },
    spent: async () => {
      const status = await torii.agents.status(token);
      const budget = status.kind === 'status' ? status.budgets[0] : undefined;
      return { spent: budget?.spent ?? -1n, held: budget?.held ?? -1n };
    },
  };
}

/** A dollar a year, and a person for anything above fifty cents. */
export const careful = {
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' }],
  approvals: [{ when: { above: '0.50 USD' }, approvers: ['ann'] }],
} satisfies Omit<PolicyDocument, 'id'>;
