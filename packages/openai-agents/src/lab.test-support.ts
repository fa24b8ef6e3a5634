import {
  type Approval,
  createEngine,
  type Engine,
  memoryStore,
  type PolicyDocument,
  signAgentToken,
  signApproverToken,
} from '@torii/engine';

const issuer = {
  issuer: 'https://login.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: new Uint8Array(32).fill(7),
} as const;

/** A signed token of an agent of Ann's, in one session. */
export function tokenOf(agent: string, claims: { readonly carveOut?: string } = {}): Promise<string> {
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

/** An engine with policies, an agent called `bot` and an approver called `ann`. */
export async function lab(policy: Omit<PolicyDocument, 'id'>, options: LabOptions = {}): Promise<Lab> {
  const policies = [{ id: 'rules', ...policy }];
  const torii = await createEngine({
    policies,
    store: memoryStore(),
    identity: { issuers: [issuer] },
    ...options,
  });
  const token = await tokenOf('bot');
  const approver = await signApproverToken({ ...issuer, approver: 'ann', expiresInSeconds: 3_600 });
  const pending = async (): Promise<readonly Approval[]> => {
    const answer = await torii.approvals.list({ credential: approver, status: 'pending' });
    return answer.kind === 'page' ? answer.approvals : [];
  };
  return {
    torii,
    token,
    pending,
    vote: async (verdict) => {
      for (const { id, actionHash } of await pending()) {
        await torii.approvals.decide({ credential: approver, approvalId: id, verdict, actionHash });
      }
    },
    spent: () => spentBy(torii, token),
  };
}

export interface Lab {
  readonly torii: Engine;
  readonly token: string;
  readonly pending: () => Promise<readonly Approval[]>;

  /** Ann decides every approval that is open. */
  readonly vote: (verdict: 'approve' | 'deny') => Promise<void>;

  /** What the first budget of the agent says, in micro-dollars. */
  readonly spent: () => Promise<{ readonly spent: bigint; readonly held: bigint }>;
}

async function spentBy(torii: Engine, token: string): Promise<{ spent: bigint; held: bigint }> {
  const status = await torii.agents.status(token);
  const budget = status.kind === 'status' ? status.budgets[0] : undefined;
  return { spent: budget?.spent ?? -1n, held: budget?.held ?? -1n };
}
