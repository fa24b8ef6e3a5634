import { createEngine, type Engine, memoryStore, signAgentToken, type StoreSource } from '@torii/engine';

/** Whoever says who the agents of a benchmark are. */
export const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'benchmark-secret-of-32-bytes-or-more',
} as const;

/** Three budgets and two rates, none of which is used up. */
const policy = {
  id: 'bench',
  tools: { allow: ['search', 'code_executor', 'github_api'], deny: ['crypto_trading'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '0.50 USD' },
    { scope: 'session', window: 'lifetime', limit: '1000000.00 USD' },
    { scope: 'agent', window: 'day', limit: '1000000.00 USD' },
  ],
  rates: [
    { scope: 'agent', limit: 1_000_000, per: 'minute' },
    { scope: 'agent', limit: 1_000_000, per: 'hour' },
  ],
};

/** What every door is given. */
export interface Gate {
  readonly torii: Engine;
  readonly credential: string;
}

/** What every guarded tool is called and costs. */
export const paid = { tool: 'search', price: '0.0001 USD' } as const;

/** What a tool does that asks Torii itself, without a door: what the engine adds where the tool runs. */
export async function askItself<T>(
  gate: Gate,
  call: { query: string; id?: string },
  run: () => T,
): Promise<T> {
  const { query, id } = call;
  const request = { credential: gate.credential, framework: 'bench', ...paid, arguments: { query } };
  const named = id === undefined ? request : { ...request, frameworkCallId: id };
  const outcome = await gate.torii.guard(named, run);
  if (outcome.kind !== 'done') throw new Error(`expected every call to be done, got ${outcome.kind}`);
  return outcome.value;
}

/** An engine with its journal, on the memory store unless another one is named, and the token of an agent. */
export async function openGate(store: StoreSource = memoryStore()): Promise<Gate> {
  const torii = await createEngine({ policies: [policy], store, identity: { issuers: [issuer] } });
  const credential = await signAgentToken({
    ...issuer,
    agent: 'bot',
    owner: 'owner@example.com',
    session: 's1',
    expiresInSeconds: 36_000,
  });
  return { torii, credential };
}
