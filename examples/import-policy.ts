// Takes a policy of another system as it is, and decides as that system's page promises.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createEngine, memoryStore, signAgentToken } from '@torii/engine';
import { importProxyPolicy } from '@torii/engine/importing';

const theirs = {
  agentId: 'coding-agent-01',
  owner: 'asmit@example.com',
  budget: { sessionLimitCents: 500, maxPerCallCents: 50, dailyLimitCents: 2000 },
  tools: { allowlist: ['web_search', 'code_executor', 'github_api'], blocklist: ['crypto_trading'] },
  rateLimit: { callsPerMinute: 10, callsPerHour: 200 },
};

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const { policies, remarks } = importProxyPolicy(theirs);
assert.deepEqual(remarks, []); // Nothing was lost and nothing had to be assumed.

const torii = await createEngine({ policies, store: memoryStore(), identity });
const credential = await signAgentToken({
  ...issuer,
  agent: theirs.agentId,
  owner: theirs.owner,
  session: 's1',
  expiresInSeconds: 60,
});

const decisions = [
  ['web_search', '0.12 USD', 'allow'],
  ['web_search', '0.50 USD', 'allow'],
  ['web_search', '0.51 USD', 'PRICE_ABOVE_CAP'],
  ['crypto_trading', '0.12 USD', 'TOOL_DENIED'],
  ['send_email', '0.12 USD', 'TOOL_NOT_ALLOWED'],
] as const;

for (const [tool, price, expected] of decisions) {
  const decision = await torii.decide({ credential, framework: 'example', tool, price, arguments: {} });
  const said = decision.kind === 'deny' ? decision.denial.code : decision.kind;
  assert.equal(said, expected);
  console.log(`${tool} at ${price}: ${said}`);
}

await torii.close();
