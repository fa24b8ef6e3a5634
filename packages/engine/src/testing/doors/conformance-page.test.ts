import { conformancePage, type PlayedTest } from './conformance-page.ts';
import { doorContract } from './door-contract.ts';
import { sampleDoor } from './sample-door.test-support.ts';

/** What a runner reports of the tests of a sample door. */
function played(
  limits: Parameters<typeof sampleDoor>[1] = {},
  statusOf: (scenario: string) => string = () => 'passed',
): readonly PlayedTest[] {
  const suite = 'Sample, sample 1.0.0, by @torii/sample';
  return doorContract(sampleDoor({}, limits)).map(({ title, scenario }) => ({
    ancestorTitles: [suite],
    title,
    status: statusOf(scenario),
  }));
}

const ALLOW = 'a call that policy allows runs once, and costs its price';

test('says of every door which framework it was tested with', () => {
  expect(conformancePage(played())).toContain('| Sample | `@torii/sample` | sample 1.0.0 |');
});

test('marks what passes', () => {
  const page = conformancePage(played());

  expect(page).toContain(`| ${ALLOW} | ✓ |`);
  expect(page).not.toContain('✗');
  expect(page).toContain('## Limits\n\nNone.');
});

test.each(['failed', 'pending'])('marks what %s', (status) => {
  const page = conformancePage(played({}, (scenario) => (scenario === 'allow' ? status : 'passed')));

  expect(page).toContain(`| ${ALLOW} | ✗ |`);
});

test('marks a scenario that nobody played', () => {
  expect(conformancePage(played().slice(1))).toContain(`| ${ALLOW} | ✗ |`);
});

test('numbers limits, the same limit once, with where the framework says so', () => {
  const limit = { says: 'it has (almost) no streams', link: 'https://sample.example/streams' };
  const other = { says: 'it cannot', link: 'https://sample.example/allow' };
  const page = conformancePage(played({ stream: limit, 'stream denied': limit, allow: other }));

  expect(page).toContain(`| ${ALLOW} | [1](#limits) |`);
  expect(page.match(/\[2\]\(#limits\)/g)).toHaveLength(2);
  expect(page).toContain(
    '1. It cannot ([source](https://sample.example/allow)).\n2. It has (almost) no streams ([source](https://sample.example/streams)).',
  );
});

test('refuses tests whose suite does not say what was tested', () => {
  const tests = played().map((test) => ({ ...test, ancestorTitles: ['Sample'] }));

  expect(() => conformancePage(tests)).toThrow('`Sample`: expected the title `NAME, VERSION, by PACKAGE`');
});
