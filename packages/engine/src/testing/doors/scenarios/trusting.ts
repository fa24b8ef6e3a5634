import assert from 'node:assert/strict';
import type { PolicyDocument } from '../../../decide/index.ts';
import { assertDenied, assertRan, only, pay, textOf } from '../reading.ts';
import type { World } from '../world.ts';
import { scenario } from './scenario.ts';

const HOUR_MS = 3_600_000;
const denied: Partial<PolicyDocument> = { match: { agents: ['bot'] }, tools: { deny: ['pay'] } };

/** Who is calling, on whose budget, under which policies. */
export const trusting = {
  identity: scenario(
    'who is calling is what the application says, whatever arguments, messages and headers claim',
    async (world) => {
      const rich = await world.token({ agent: 'rich' });
      const claims = { 'x-agent-id': 'rich', 'x-torii-agent': 'rich', 'x-agent-token': rich };
      const call = pay('c1', 30, { agent: 'rich', token: rich, credential: rich });
      assertDenied(textOf(only(await world.run([call], { claims }))), 'TOOL_DENIED');
      const nobody = await world.run([call], { claims, credential: undefined });
      assertDenied(textOf(only(nobody)), 'IDENTITY_MISSING');
      assertRan(await world.read('c1', 30, { credential: rich }), 'paid 30');
      return { runs: 1, spent: 30, held: 0 };
    },
    { policy: denied },
  ),

  'two agents at once': scenario(
    'agents that share a door spend each from their own budget',
    async (world) => {
      const other = await world.token({ agent: 'other', session: 's2' });
      const [mine, theirs] = await Promise.all([
        world.read('c1', 90),
        world.read('c1', 90, { credential: other }),
      ]);
      assertRan(mine, 'paid 90');
      assertRan(theirs, 'paid 90');
      assertDenied(await world.read('c2', 90, { credential: other }), 'BUDGET_EXCEEDED');
      return { runs: 2, spent: 180, held: 0 };
    },
  ),

  'policy of this framework': scenario(
    'a policy for this framework counts here',
    async (world) => {
      assertDenied(await world.read('c1'), 'TOOL_DENIED');
      return { runs: 0, spent: 0, held: 0 };
    },
    { policy: (framework) => ({ match: { frameworks: [framework] }, tools: { deny: ['pay'] } }) },
  ),

  'policy of another framework': scenario(
    'a policy for another framework does not',
    async (world) => {
      assertRan(await world.read('c1'), 'paid 30');
      return { runs: 1, spent: 30, held: 0 };
    },
    { policy: { match: { frameworks: ['elsewhere'] }, tools: { deny: ['pay'] } } },
  ),

  'nested agents': scenario(
    'an agent that runs as the tool of another spends from the budget that they share',
    async (world) => {
      assertRan(textOf(only(await world.run([{ ...pay('c1', 10), tool: 'research' }]))), 'found');
      return { runs: 3, spent: 90, held: 0 };
    },
    {
      policy: {
        tools: { allow: ['pay', 'research'] },
        budgets: [{ scope: 'owner', window: 'lifetime', limit: '1.00 USD' }],
      },
      tools: (pays, world) => [pays, world.tool('research', () => research(world))],
    },
  ),

  'delegated budget': scenario(
    'a sub-agent spends from what its parent set aside, and the rest returns to the parent',
    async (world) => {
      const credential = await world.token();
      const asked = { credential, amount: '0.50 USD', forMs: HOUR_MS, idempotencyKey: 'k1' };
      const opened = await world.torii.carveOuts.open(asked);
      const { id } = opened.kind === 'opened' ? opened : assert.fail(opened.message);
      const sub = { credential: await world.token({ agent: 'sub', session: 's2', carveOut: id }) };
      assertRan(await world.read('c1', 30, sub), 'paid 30');
      assertDenied(await world.read('c2', 30, sub), 'BUDGET_EXCEEDED');
      assertDenied(await world.read('c3', 60), 'BUDGET_EXCEEDED');
      await world.torii.carveOuts.close({ callId: id }, 'the work is done');
      assertRan(await world.read('c4', 60), 'paid 60');
      return { runs: 2, spent: 90, held: 0 };
    },
    { policy: { tools: { allow: ['pay', 'torii/carve-out'] } } },
  ),
};

/** What a sub-agent of the same owner does: it pays until nothing is left. */
async function research(world: World): Promise<string> {
  const credential = await world.token({ agent: 'sub', session: 's2' });
  const told = await world.run([pay('n1', 40), pay('n2', 40), pay('n3', 40)], { credential });
  const denials = told.map(textOf).filter((text) => text.includes('BUDGET_EXCEEDED'));
  return denials.length === 1 ? 'found' : 'spent what is not there';
}
