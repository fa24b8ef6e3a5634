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

/** What a token says beside its agent. */
export interface Claims {
  /** @default "s1" */
  readonly session?: string;

  /** The carve-out that pays for what a delegated agent does. */
  readonly carveOut?: string;
}

/** A signed token of an agent of Ann's. */
export function tokenOf(agent: string, claims: Claims = {}): Promise<string> {
  return signAgentToken({
    ...issuer,
    agent,
    owner: 'ann',
    session: 's1',
    expiresInSeconds: 3_600,
    ...claims,
  });
}

export type LabOptions = Partial<Parameters<typeof createEngine>[0]>;

/** What the tests of a door need of Torii. */
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

  /** The approvals that stand like this; those that wait unless another status is asked for. */
  readonly approvals: (status?: 'pending' | 'cancelled') => Promise<readonly Approval[]>;

  /** Ann decides every approval that waits. */
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
  const approvals: Lab['approvals'] = async (status = 'pending') => {
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
      for (const { id, actionHash } of await approvals()) {
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
