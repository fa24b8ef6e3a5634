import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createEngine,
  type Engine,
  formatCurrency,
  formatMoney,
  memoryStore,
  type Outcome,
  parseJson,
  signAgentToken,
} from '@torii/engine';
import { importProxyPolicy } from '@torii/engine/importing';
import { dollars } from '../dollars.ts';
import { agentPolicyFile } from '../paths.ts';
import { type Check, same, type Scene } from './play.ts';

const AGENT = 'coding-agent-01';
const OWNER = 'asmit@example.com';

interface Trial {
  readonly tool: string;
  readonly price: string;
  readonly expected: string;
}

/** What the page of the policy says: the session stands at 1.43 USD, a search costs 0.12, and three things must not be. */
const TRIALS: readonly Trial[] = [
  { tool: 'github_api', price: '0.50 USD', expected: 'done' },
  { tool: 'code_executor', price: '0.50 USD', expected: 'done' },
  { tool: 'code_executor', price: '0.43 USD', expected: 'done' },
  { tool: 'web_search', price: '0.12 USD', expected: 'done' },
  { tool: 'crypto_trading', price: '0.12 USD', expected: 'TOOL_DENIED' },
  { tool: 'web_search', price: '0.51 USD', expected: 'PRICE_ABOVE_CAP' },
];

/** A policy of another system, imported as it is, deciding as its own page promises. */
export const agentPolicy: Scene = async ({ timeline }) => {
  const { policies } = importProxyPolicy(parseJson(await readFile(agentPolicyFile, 'utf8')));
  timeline.scene({
    title: "Another system's policy, imported as it is",
    why: `coding-agent-01.json is written in the dialect of the proxy it comes from, in cents. importProxyPolicy turns it into a policy of ours, on an engine in memory.`,
  });
  const { torii, credential } = await engineOf(policies);
  try {
    const checks: Check[] = [];
    for (const trial of TRIALS) {
      const { tool, price, expected } = trial;
      const outcome = await torii.guard(
        { credential, framework: 'sandbox', tool, price, arguments: { trial: checks.length } },
        () => 'ran',
      );
      const leftUsd = await sessionLeft(torii, credential);
      timeline.call({ agent: AGENT, ...lineOf(trial, outcome), leftUsd });
      checks.push(
        same(
          `${AGENT}: ${tool} at ${price}`,
          outcome.kind === 'denied' ? outcome.code : outcome.kind,
          expected,
        ),
      );
    }
    return checks;
  } finally {
    await torii.close();
  }
};

async function engineOf(policies: readonly unknown[]): Promise<{ torii: Engine; credential: string }> {
  const issuer = {
    issuer: 'https://issuer.example',
    audience: AGENT,
    algorithm: 'HS256',
    key: randomBytes(32).toString('hex'),
  } as const;
  const torii = await createEngine({
    policies,
    store: memoryStore(),
    identity: { issuers: [issuer] },
  });
  const credential = await signAgentToken({
    ...issuer,
    expiresInSeconds: 600,
    agent: AGENT,
    owner: OWNER,
    session: 's1',
  });
  return { torii, credential };
}

function lineOf({ tool, price }: Trial, outcome: Outcome<unknown>) {
  const { callId } = outcome;
  if (outcome.kind === 'denied') {
    return { tool, verdict: 'denied', code: outcome.code, callId, note: outcome.message } as const;
  }
  const costUsd =
    outcome.kind === 'done' && outcome.charged !== undefined
      ? dollars(formatMoney(outcome.charged))
      : undefined;
  return {
    tool,
    verdict: outcome.kind === 'done' ? 'allowed' : 'failed',
    callId,
    costUsd,
    note: `asked at ${price}`,
  } as const;
}

async function sessionLeft(torii: Engine, credential: string): Promise<string | undefined> {
  const status = await torii.agents.status(credential);
  const budget =
    status.kind === 'status' ? status.budgets.find(({ scope }) => scope === 'session') : undefined;
  return budget === undefined ? undefined : dollars(formatCurrency(budget.left, budget.currency));
}
