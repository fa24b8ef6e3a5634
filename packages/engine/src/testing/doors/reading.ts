import assert from 'node:assert/strict';
import type { DenialCode } from '../../nouns/denial.ts';
import type { CallUnderTest, Told, ToolInput } from './door-under-test.ts';

/** A call of `pay`. */
export function pay(id: string, cents = 30, more: Partial<ToolInput> = {}): CallUnderTest {
  return { id, tool: 'pay', input: { ...more, cents } };
}

/** What one call was told, of a run that made no other. */
export function only(told: readonly Told[]): Told {
  const [one, ...others] = told;
  assert.equal(others.length, 0, 'expected one answer for one call');
  return one ?? assert.fail('expected an answer for the call');
}

/** What was read, where there was no pause. */
export function textOf(told: Told): string {
  assert.equal(told.kind, 'answered', `expected an answer, got ${JSON.stringify(told)}`);
  return told.text;
}

/** Requires a text that names a code or says a sentence, and no output of the tool. */
export function assertDenied(text: string, code: DenialCode | 'APPROVAL_REQUIRED' | `A ${string}`): void {
  assert.ok(text.includes(code), `expected ${code}, got: ${text}`);
  assert.ok(!text.includes('paid'), `expected no output of the tool, got: ${text}`);
}

/** Requires the output of a tool that ran. */
export function assertRan(text: string, output: string): void {
  assert.ok(text.includes(output), `expected \`${output}\`, got: ${text}`);
}

/** What a call goes on with that has to be paused. */
export function stateOf(told: Told): string {
  if (told.kind !== 'paused') return assert.fail(`expected a pause, got: ${told.text}`);
  // What cannot be read as JSON again would not survive a restart.
  JSON.parse(told.state);
  return told.state;
}
