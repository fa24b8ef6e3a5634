import { type Clock, type Engine, signAgentToken, signApproverToken } from '@torii/engine';
import { AGENT } from '../suite/asking.ts';

/** Who may say yes. */
export const APPROVER = 'ada@example.com';

/** Proves who everybody is. */
export const issuer = {
  issuer: AGENT.issuer,
  audience: 'torii',
  algorithm: 'HS256',
  key: 'a-secret-of-the-proofs-with-more-than-32-bytes',
} as const;

/** Whoever asks has to wait for a person, for longer than any proof lasts. */
export const policy = {
  id: 'house',
  approvals: [{ when: { tools: ['ask'] }, approvers: [APPROVER], expiresIn: '7d' }],
};

/** Who changed an endpoint. */
export const BY = { author: 'olga@example.com' } as const;

/** Asks and decides, so that the journal has something to tell of. */
export interface Questions {
  /** Asks one question; every second is decided at once. */
  ask(name: string, decided: boolean): Promise<void>;
}

/** Tokens are made once, and last a day of the engine's clock. */
export async function questionsTo(engine: Engine, clock: Clock): Promise<Questions> {
  const terms = { ...issuer, expiresInSeconds: 86_400, clock };
  const { agent, owner, session, tenant } = AGENT;
  const credential = await signAgentToken({ ...terms, agent, owner, session, tenant });
  const approver = await signApproverToken({ ...terms, approver: APPROVER });
  return {
    async ask(name, decided) {
      const asked = { credential, framework: 'proof', tool: 'ask', price: '0.01 USD' };
      const outcome = await engine.guard(
        { ...asked, arguments: { name }, idempotencyKey: name },
        () => 'ran',
      );
      if (outcome.kind !== 'waiting') {
        const told =
          outcome.kind === 'denied' ? `${outcome.code}: ${outcome.reasons[0]?.message ?? ''}` : outcome.kind;
        throw new Error(`expected a question, got \`${told}\``);
      }
      if (!decided) return;
      const { id: approvalId, actionHash } = outcome.approval;
      const verdict = name.length % 3 === 0 ? 'deny' : 'approve';
      const answer = await engine.approvals.decide({ credential: approver, approvalId, actionHash, verdict });
      if (answer.kind !== 'counted') throw new Error(`expected a vote that counts, got \`${answer.kind}\``);
    },
  };
}
