// Everything that must hold before a change is merged, one line per step; stops at the first failure.
// `--without=tests,docs` leaves steps out, `--json` ends with one line of JSON.
import { listOption, run, seconds } from './run.mjs';

const steps = {
  types: ['run', '--silent', 'types'],
  lint: ['run', '--silent', 'lint'],
  format: ['run', '--silent', 'format:check'],
  build: ['run', '--silent', 'build'],
  packages: ['run', '--silent', 'packages'],
  tests: ['test', '--silent'],
  conformance: ['run', '--silent', 'conformance', '--', '--check'],
  examples: ['run', '--silent', 'examples'],
  docs: ['run', '--silent', 'docs'],
};

const json = process.argv.includes('--json');
const without = listOption('without');
const unknown = without.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(
    `check: no step is called \`${unknown.join('`, `')}\`; expected ${Object.keys(steps).join(', ')}`,
  );
  process.exit(2);
}

const results = [];
for (const [name, args] of Object.entries(steps)) {
  if (without.includes(name)) continue;
  process.stdout.write(`${name.padEnd(11)} ... `);
  const { status, output, durationMs } = await run('npm', args);
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${seconds(durationMs)}`);
  results.push({ step: name, ok: status === 0, ms: Math.round(durationMs) });
  if (status !== 0) {
    process.stdout.write(`\n${output}\n`);
    process.exitCode = 1;
    break;
  }
}

const failed = results.filter(({ ok }) => !ok).length;
console.log(`check: ${results.length - failed} passed, ${failed} failed`);
if (json) console.log(JSON.stringify({ check: results, passed: results.length - failed, failed }));
