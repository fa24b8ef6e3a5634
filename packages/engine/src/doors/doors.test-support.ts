import { type Harness, harness } from '../engine.test-support.ts';
import type { ToolDecision } from './index.ts';
import { type GuardedTool, guardedTool, type SomeToolOptions } from './index.ts';

/** A tool for whatever door. */
export const tool = { description: 'Searches' };

const policy = {
  id: 'research',
  tools: { allow: ['search'] },
  budgets: [{ scope: 'agent', window: 'lifetime', limit: '2.00 USD' }],
  approvals: [{ when: { above: '1.00 USD' }, approvers: ['ada@example.com'], expiresIn: '1h' }],
};

/** An engine, and a tool that a door guards with it. */
export interface Lab extends Harness {
  readonly guarded: (changes?: Partial<SomeToolOptions>) => GuardedTool;

  /** What the application was told. */
  readonly told: readonly ToolDecision[];

  /** Ada approves whatever waits. */
  readonly approve: () => Promise<void>;

  /** Of the agent's only budget, in millionths of a dollar. */
  readonly spent: () => Promise<{ readonly spent: bigint; readonly held: bigint }>;
}

export async function lab(options: Parameters<typeof harness>[0] = {}): Promise<Lab> {
  const one = await harness({ policies: [policy], ...options });
  const { torii, agentToken, approverToken } = one;
  const told: ToolDecision[] = [];
  const onDecision = (decision: ToolDecision): void => void told.push(decision);
  const common = { torii, identify: agentToken, tool: 'search', price: '0.50 USD', onDecision };
  return {
    ...one,
    told,
    guarded: (changes = {}) =>
      guardedTool({
        framework: 'test',
        tool,
        options: { ...common, ...changes },
        definition: () => 'd'.repeat(64),
      }),
    approve: async () => {
      const credential = await approverToken('ada@example.com');
      const answer = await torii.approvals.list({ credential, status: 'pending' });
      for (const { id, actionHash } of answer.kind === 'page' ? answer.approvals : []) {
        await torii.approvals.decide({ credential, approvalId: id, verdict: 'approve', actionHash });
      }
    },
    spent: async () => {
      const status = await torii.agents.status(agentToken);
      const budget = status.kind === 'status' ? status.budgets[0] : undefined;
      return { spent: budget?.spent ?? -1n, held: budget?.held ?? -1n };
    },
  };
}
