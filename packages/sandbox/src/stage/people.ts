import { randomBytes } from 'node:crypto';
import { type Issuer, signAgentToken, signApproverToken } from '@torii/engine';

/** An agent with the token that proves who it is. */
export interface Actor {
  readonly agent: string;
  readonly session: string;
  readonly token: string;
}

/** Who takes part in a run, and the issuer whose tokens prove it. */
export interface People {
  readonly issuer: Issuer;

  /** Writes the report. */
  readonly reporter: Actor;

  /** Asks for much at once. */
  readonly burst: Actor;

  /** A person who approves. */
  readonly approver: { readonly id: string; readonly token: string };
}

const OWNER = 'olga@example.com';
const APPROVER = 'ada@example.com';
const LIFETIME_SECONDS = 3_600;

/** An issuer with a key of its own for this run, and tokens for everybody who takes part. */
export async function people(session: string): Promise<People> {
  const issuer = {
    issuer: 'https://issuer.example',
    audience: 'torii-demo',
    algorithm: 'HS256',
    key: randomBytes(32).toString('hex'),
  } as const;
  const terms = { ...issuer, expiresInSeconds: LIFETIME_SECONDS };
  const actor = async (agent: string): Promise<Actor> => ({
    agent,
    session,
    token: await signAgentToken({ ...terms, agent, owner: OWNER, session }),
  });
  return {
    issuer,
    reporter: await actor('report-agent'),
    burst: await actor('burst-agent'),
    approver: { id: APPROVER, token: await signApproverToken({ ...terms, approver: APPROVER }) },
  };
}
