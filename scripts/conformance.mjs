// Plays the contract of doors on every door and writes docs/conformance.md from what came of it. `npm run conformance`
// `--check` writes nothing and fails where the page says something else.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { root, run } from './run.mjs';
import { isWritten, write } from './written.mjs';

const PAGE = 'docs/conformance.md';
const report = join(root, 'node_modules/.cache/conformance/report.json');
mkdirSync(dirname(report), { recursive: true });

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const tests = [
  '--testPathPatterns=/src/conformance\\.test\\.ts$',
  '--silent',
  '--json',
  `--outputFile=${report}`,
];
const { status, output } = await run(process.execPath, [...jest, ...tests]);
if (status !== 0) {
  process.stderr.write(output);
  process.exit(status);
}

const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
const played = testResults.flatMap(({ assertionResults }) => assertionResults);
const page = {
  from: 'packages/engine/src/testing/doors/conformance-page.ts',
  textOf: ({ conformancePage }) => conformancePage(played),
};
if (!process.argv.includes('--check')) await write(PAGE, page);
else if (!(await isWritten(PAGE, page))) {
  console.error(
    `${PAGE} says something else than the tests; expected it as \`npm run conformance\` writes it`,
  );
  process.exitCode = 1;
}
