// Runs the tests of a policy file, as a build does: `torii.policy-test.json` says what `torii.policies.json` should decide.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runPolicyTests } from '@torii/engine';

const suite = fileURLToPath(new URL('../torii.policy-test.json', import.meta.url));
const { passed, failed, tests, findings } = await runPolicyTests(suite);

for (const { name, got, differences } of tests)
  console.log(`${name}: ${differences.length === 0 ? got : differences.join('; ')}`);
assert.equal(failed, 0);
assert.equal(passed, 2);
assert.deepEqual(findings, []);
