import { approving } from './approving.ts';
import { denials } from './denials.ts';
import { failing } from './failing.ts';
import { leaving } from './leaving.ts';
import { running } from './running.ts';
import type { Scenario } from './scenario.ts';
import { streaming } from './streaming.ts';
import { telling } from './telling.ts';
import { trusting } from './trusting.ts';

const groups = {
  'Calls that run': running,
  'Calls that are denied': denials,
  Approvals: approving,
  Streams: streaming,
  'Callers who leave': leaving,
  'Failures and repeats': failing,
  'Who is calling': trusting,
  'What is told': telling,
};

type Groups = typeof groups;

/** The name of one scenario. */
export type ScenarioName = { [Title in keyof Groups]: keyof Groups[Title] }[keyof Groups];

/** A scenario with its name, and the title of the group that it stands in. */
export interface NamedScenario extends Scenario {
  readonly name: ScenarioName;
  readonly group: string;
}

/** Every scenario, in the order of the table. */
export const scenarios: readonly NamedScenario[] = Object.entries(groups).flatMap(([group, named]) =>
  Object.entries<Scenario>(named).map(([name, each]) => ({ ...each, group, name: name as ScenarioName })),
);
