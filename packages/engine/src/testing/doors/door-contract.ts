import assert from 'node:assert/strict';
import type { DoorUnderTest, Limit } from './door-under-test.ts';
import { type NamedScenario, type ScenarioName, scenarios } from './scenarios/scenarios.ts';
import { World } from './world.ts';

/** One promise of the door contract. `run` rejects when the door does not keep it. */
export interface DoorCase {
  /** What happens, and the limit of the framework where it has one. */
  readonly title: string;
  readonly scenario: ScenarioName;

  /** Set where the framework cannot do it: then `run` rejects when it can after all. */
  readonly limit: Limit | undefined;
  readonly run: () => Promise<void>;
}

/** Stands in a title between what happens and why it cannot here. */
export const LIMITED = '; not here: ';

/**
 * Every promise of a door, each with a program that rejects when the door breaks it: the same calls, made by the
 * framework's own means, with the money and the journal recomputed after each. Loop over it in any test runner:
 * `for (const { title, run } of doorContract(door)) test(title, run)`.
 */
export function doorContract(door: DoorUnderTest): readonly DoorCase[] {
  return scenarios.map((each) => {
    const limit = door.limits?.[each.name];
    const title = limit === undefined ? each.title : `${each.title}${LIMITED}${limit.says} (${limit.link})`;
    return { title, scenario: each.name, limit, run: () => judge(door, each, limit) };
  });
}

/** Plays a scenario. The books have to be sound whatever the framework cannot do. */
async function judge(door: DoorUnderTest, each: NamedScenario, limit: Limit | undefined): Promise<void> {
  const world = new World(door, each.setting);
  try {
    await world.open();
    const failure = await failureOf(world, each);
    await world.audit();
    // A limit excuses what the door did otherwise, not a driver that breaks down.
    if (failure !== undefined && (limit === undefined || !isAssertion(failure.error))) throw failure.error;
    if (limit !== undefined && failure === undefined)
      assert.fail(`the limit is stale: \`${door.name}\` passes \`${each.name}\``);
  } finally {
    await world.close();
  }
}

async function failureOf(
  world: World,
  { play }: NamedScenario,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await world.settle(await play(world));
    return undefined;
  } catch (error) {
    return { error };
  }
}

function isAssertion(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ASSERTION';
}
