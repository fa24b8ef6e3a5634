import assert from 'node:assert/strict';
import { signAgentToken, signApproverToken } from '../../identify/index.ts';
import type { Approval } from '../../nouns/approval.ts';
import type { Clock } from '../../nouns/clock.ts';
import type { Engine } from '../../nouns/engine.ts';
import { dollars } from './books.ts';

/** Whose tokens every engine of the contract believes. */
export const issuer = {
  issuer: 'https://login.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: new Uint8Array(32).fill(7),
} as const;

const HOURS = { expiresInSeconds: 80_000 };

/** A signed token of an agent of Ann's, by default of `bot`. */
export function agentToken(
  clock: Clock,
  claims: { readonly agent?: string; readonly session?: string; readonly carveOut?: string },
): Promise<string> {
  return signAgentToken({ ...issuer, ...HOURS, clock, agent: 'bot', owner: 'ann', session: 's1', ...claims });
}

/** Ann, who owns the agents, and whom policies ask. */
export class Ann {
  readonly #torii: Engine;
  readonly #clock: Clock;

  constructor(torii: Engine, clock: Clock) {
    this.#torii = torii;
    this.#clock = clock;
  }

  /** Approvals that somebody has to decide. */
  async pending(): Promise<readonly Approval[]> {
    return this.#list('pending');
  }

  /** Decides whatever waits, at least one; of one price, if that is said. */
  async vote(verdict: 'approve' | 'deny', cents?: number): Promise<void> {
    const all = await this.pending();
    const waiting = all.filter(({ action }) => cents === undefined || action.price === dollars(cents));
    assert.notEqual(waiting.length, 0, 'expected an approval that waits');
    for (const { id: approvalId, actionHash } of waiting) {
      const credential = await this.#token();
      const answer = await this.#torii.approvals.decide({ credential, approvalId, verdict, actionHash });
      assert.equal(answer.kind, 'counted');
    }
  }

  /** Withdraws whatever was approved. */
  async withdraw(): Promise<void> {
    for (const { id: approvalId } of await this.#list('approved')) {
      const answer = await this.#torii.approvals.cancel({ credential: await this.#token(), approvalId });
      assert.equal(answer.kind, 'cancelled');
    }
  }

  async #list(status: 'pending' | 'approved'): Promise<readonly Approval[]> {
    const answer = await this.#torii.approvals.list({ credential: await this.#token(), status });
    return answer.kind === 'page' ? answer.approvals : assert.fail(answer.message);
  }

  #token(): Promise<string> {
    return signApproverToken({ ...issuer, ...HOURS, clock: this.#clock, approver: 'ann' });
  }
}
