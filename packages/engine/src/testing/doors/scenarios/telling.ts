import assert from 'node:assert/strict';
import { ToriiError } from '../../../nouns/errors.ts';
import type { Expected } from '../books.ts';
import type { GuardSetting } from '../door-under-test.ts';
import { assertDenied, assertRan, only, pay, textOf } from '../reading.ts';
import { until } from '../turns.ts';
import type { World } from '../world.ts';
import { scenario } from './scenario.ts';

/** Options that no door may take, as whoever writes no types might pass them. */
const wrong: readonly Readonly<Record<string, unknown>>[] = [
  { price: 'much' },
  { price: undefined },
  { prise: '0.30 USD' },
  { charged: '0.30 USD' },
  { waitMs: -1 },
  { payee: {} },
  { effect: 'harmless' },
  { onDenied: 'no' },
  { mode: 'loud' },
];

const veryDear = { when: { above: '0.85 USD' }, approvers: ['ann'], expiresIn: '1h' };

/** What models and clients read, and what applications may choose. */
export const telling = {
  advice: scenario(
    'a denial says its code, when to ask again and what would pass',
    async (world) => {
      assertRan(await world.read('c1', 80), 'paid 80');
      const text = await world.read('c2', 30);
      assertDenied(text, 'BUDGET_EXCEEDED');
      assertRan(text, 'an equal call may pass in 12 h, as a new call, and one of at most 0.20 USD at once');
      return { runs: 1, spent: 80, held: 0 };
    },
    { policy: { budgets: [{ scope: 'agent', window: 'day', limit: '1.00 USD' }] } },
  ),

  'own words': scenario(
    'an application may answer denials itself, with what stands in for the output',
    async (world) => {
      assertRan(await world.read('c1', 101), 'instead: BUDGET_EXCEEDED');
      return { runs: 0, spent: 0, held: 0 };
    },
    { guard: { onDenied: (answer) => `instead: ${answer.kind === 'denied' ? answer.code : 'waiting'}` } },
  ),

  decisions: scenario(
    'the application is told of every denial, and of every call that runs',
    async (world) => {
      await world.read('c1', 30);
      await world.read('c2', 101);
      await until(() => world.decisions.length === 2);
      const [ran = '', refused] = world.decisions;
      assert.match(ran, /^(?:done|allowed)$/);
      assert.equal(refused, 'BUDGET_EXCEEDED');
      return { runs: 1, spent: 30, held: 0 };
    },
    { tools: (pay, world) => [{ ...pay, guards: pay.guards.map((guard) => told(guard, world)) }] },
  ),

  skip: scenario(
    'a tool that is left out asks nobody',
    async (world) => {
      assertRan(await world.read('c1', 500, { credential: undefined }), 'paid 500');
      return { runs: 1, spent: 0, held: 0 };
    },
    { guard: { skip: true } },
  ),

  shadow: scenario('in shadow what would be denied runs, and asks no person', inShadow, {
    engine: { mode: 'shadow' },
    policy: { approvals: [veryDear] },
  }),

  'shadow of one tool': scenario(
    'one tool may be in shadow, while the engine enforces the others',
    async (world) => {
      const books = await inShadow(world);
      const enforced = world.tool('pay').guards.map((guard): GuardSetting => ({ ...guard, mode: 'enforce' }));
      const door = await world.openDoor([{ ...world.tool('pay'), guards: enforced }]);
      const told = await door.run({ calls: [pay('c4', 30)], credential: await world.token() });
      assertDenied(textOf(only(told)), 'BUDGET_EXCEEDED');
      return books;
    },
    { guard: { mode: 'shadow' }, policy: { approvals: [veryDear] } },
  ),

  'guarded twice': scenario('a tool that is guarded twice is refused', async (world) => {
    const tool = world.tool('pay');
    const [guard = assert.fail('expected a guard')] = tool.guards;
    const open = async (): Promise<string> => {
      const door = await world.openDoor([{ ...tool, guards: [guard, guard] }]);
      const run = {
        calls: [{ id: 'c1', tool: 'pay', input: { cents: 30 } }],
        credential: await world.token(),
      };
      return (await door.run(run)).map(textOf).join('');
    };
    const text = await open().catch((error: unknown) =>
      // Some frameworks refuse what is there twice before the door is asked.
      ToriiError.is(error) ? error.message : 'guarded already, says the framework',
    );
    assert.match(text, /guarded already/);
    return { runs: 0, spent: 0, held: 0 };
  }),

  'wrong options': scenario(
    'wrong options are refused at the start, with a code and a link',
    async (world) => {
      for (const options of wrong) await refuses(world, options);
      return { runs: 0, spent: 0, held: 0 };
    },
  ),
};

/** The second call is more than what is left, and the third needs a person. */
async function inShadow(world: World): Promise<Expected> {
  assertRan(await world.read('c1', 80), 'paid 80');
  assertRan(await world.read('c2', 30), 'paid 30');
  assertRan(await world.read('c3', 90), 'paid 90');
  return { runs: 3, spent: 80, held: 0 };
}

/** A guard that tells the world what is decided. */
function told(guard: GuardSetting, { decisions }: World): GuardSetting {
  return {
    ...guard,
    onDecision: (...words) => void decisions.push(verdictIn(words)),
  };
}

/** The code of a denial, or the kind of what else was decided. */
function verdictIn(words: readonly unknown[]): string {
  for (const word of words) {
    const { outcome = word } = word as { readonly outcome?: unknown };
    const { kind, code = kind } = outcome as { readonly kind?: unknown; readonly code?: unknown };
    if (typeof kind === 'string') return String(code);
  }
  return 'nothing';
}

async function refuses(world: World, options: Readonly<Record<string, unknown>>): Promise<void> {
  const tool = world.tool('pay');
  // The door is asked about what its types would not let pass.
  const guards = tool.guards.map((guard) => ({ ...guard, ...options }) as GuardSetting);
  const opening = world.openDoor([{ ...tool, guards }]);
  const said = JSON.stringify(options);
  const error = await opening.then(() => assert.fail(`expected ${said} to be refused`), toriiError);
  assert.equal(error.code, 'OPTIONS_INVALID', said);
  assert.equal(error.docs, 'docs/reference/errors.md#options_invalid');
}

function toriiError(error: unknown): ToriiError {
  return ToriiError.is(error) ? error : assert.fail(`expected an error of Torii, got ${String(error)}`);
}
