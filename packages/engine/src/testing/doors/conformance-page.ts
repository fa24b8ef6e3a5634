import { LIMITED } from './door-contract.ts';
import { type NamedScenario, scenarios } from './scenarios/scenarios.ts';

/** One test as a test runner reports it. */
export interface PlayedTest {
  /** Of the suite: `NAME, VERSION, by PACKAGE`. */
  readonly ancestorTitles: readonly string[];

  /** As `doorContract` says it. */
  readonly title: string;
  readonly status: string;
}

interface Column {
  readonly name: string;
  readonly version: string;
  readonly door: string;
  readonly tests: readonly PlayedTest[];
}

const INTRO = `# Conformance

Five doors, one behaviour: every door plays the same scenarios, made by its framework's own means: its fake model, or real requests. After each scenario every budget and account is recomputed from the journal, nothing may be held that should not be, and the tool has to have run exactly as often as expected. \`npm run conformance\` writes this page from what came of it; \`npm run check\` fails where it says something else.

✓ passes. A number is a [limit](#limits) of the framework: the scenario is expected to fail there, and a limit that is none any more fails the tests. The books are sound there too.`;

const OWN = `## Test a door of your own

\`doorContract\` of \`@torii/engine/testing\` is public. A driver lets a framework call guarded tools and says what the model or the client read; [docs/doors.md](doors.md) says what a door promises, and the drivers of this repository are the files \`conformance.test-support.ts\` of its packages. Doors for HTTP share \`httpDoor\`, a client that makes the requests.

\`\`\`ts
import { test } from 'node:test';
import { type CallUnderTest, doorContract, type DoorUnderTest } from '@torii/engine/testing';

declare const framework: {
  guardedBy(torii: object, tools: object): { call(call: CallUnderTest, token?: string): Promise<string> };
};

const door: DoorUnderTest = {
  name: 'Mine',
  door: 'my-door',
  framework: 'mine',
  version: 'mine 1.0.0',
  open: ({ torii, tools }) => {
    const { call } = framework.guardedBy(torii, tools);
    return {
      run: async ({ calls, credential }) =>
        Promise.all(
          calls.map(async (one) => ({ kind: 'answered', text: await call(one, credential) }) as const),
        ),
      resume: () => Promise.reject(new Error('nothing pauses')),
      close: () => Promise.resolve(),
    };
  },
  limits: {
    stream: { says: 'its tools do not yield', link: 'https://mine.example/tools' },
  },
};

for (const { title, run } of doorContract(door)) test(title, run);
\`\`\`

That the contract can fail is tested as well: broken doors are planted in \`packages/engine/src/testing/doors\`, and each is caught by the scenario that it names.`;

/** The page docs/conformance.md: doors by scenarios, from the tests of all doors. */
export function conformancePage(played: readonly PlayedTest[]): string {
  const columns = columnsOf(played);
  const limits: string[] = [];
  const numberOf = (limit: string): number => {
    if (!limits.includes(limit)) limits.push(limit);
    return limits.indexOf(limit) + 1;
  };
  const groups = [...new Set(scenarios.map(({ group }) => group))].map((group) => {
    const rows = scenarios.filter((each) => each.group === group);
    return `## ${group}\n\n${tableOf(columns, rows, numberOf)}`;
  });
  return [INTRO, testedOf(columns), ...groups, limitsOf(limits), OWN].join('\n\n');
}

function columnsOf(played: readonly PlayedTest[]): readonly Column[] {
  const suites = new Map<string, PlayedTest[]>();
  for (const test of played) {
    const [suite = ''] = test.ancestorTitles;
    suites.set(suite, [...(suites.get(suite) ?? []), test]);
  }
  return [...suites]
    .map(([suite, tests]) => {
      const [, name, version, door] = /^(.*), (.*), by (.*)$/.exec(suite) ?? [];
      if (name === undefined || version === undefined || door === undefined)
        throw new TypeError(`\`${suite}\`: expected the title \`NAME, VERSION, by PACKAGE\``);
      return { name, version, door, tests };
    })
    .sort((one, other) => `${one.door} ${one.name}`.localeCompare(`${other.door} ${other.name}`, 'en'));
}

function tableOf(
  columns: readonly Column[],
  rows: readonly NamedScenario[],
  numberOf: (limit: string) => number,
): string {
  const head = `| | ${columns.map(({ name }) => name).join(' | ')} |`;
  const line = `| --- |${' :-: |'.repeat(columns.length)}`;
  const body = rows.map(
    ({ title }) => `| ${title} | ${columns.map((column) => cellOf(column, title, numberOf)).join(' | ')} |`,
  );
  return [head, line, ...body].join('\n');
}

function cellOf({ tests }: Column, title: string, numberOf: (limit: string) => number): string {
  const test = tests.find((each) => each.title === title || each.title.startsWith(title + LIMITED));
  if (test?.status !== 'passed') return '✗';
  const limit = test.title.slice(title.length + LIMITED.length);
  return limit === '' ? '✓' : `[${numberOf(limit)}](#limits)`;
}

function testedOf(columns: readonly Column[]): string {
  const rows = columns.map(({ name, door, version }) => `| ${name} | \`${door}\` | ${version} |`);
  return ['| door | package | tested with |', '| --- | --- | --- |', ...rows].join('\n');
}

function limitsOf(limits: readonly string[]): string {
  const lines = limits.map((limit, index) => {
    const [, says = limit, link = ''] = /^(.*) \((\S+)\)$/.exec(limit) ?? [];
    return `${index + 1}. ${says.charAt(0).toUpperCase()}${says.slice(1)} ([source](${link})).`;
  });
  return `## Limits\n\n${lines.length === 0 ? 'None.' : lines.join('\n')}`;
}
