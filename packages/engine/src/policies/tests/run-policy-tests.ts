import { dirname, isAbsolute, join } from 'node:path';
import { checkPolicies, type CompiledPolicies, compilePolicies, decide } from '../../decide/index.ts';
import { instantMs } from '../../decide/document/words.ts';
import { explain } from '../../decide/explain.ts';
import { assetTable } from '../../nouns/asset.ts';
import { type CallRequest, describeCall } from '../../nouns/call.ts';
import type { Decision } from '../../nouns/decision.ts';
import { type Facts, NEW_SESSION } from '../../nouns/facts.ts';
import type { Principal } from '../../nouns/principal.ts';
import type { PolicyFinding } from '../../nouns/policies.ts';
import type { Random } from '../../nouns/random.ts';
import { moneyFrom } from '../../nouns/money.ts';
import { readJsonFile, readPolicyFile } from '../policy-file.ts';
import { answered, differencesOf, wanted } from './compare.ts';
import { parseSuite, type PolicyTest, type PolicyTestSuite, type ValidSuite } from './suite.ts';

/** What became of a suite, for people and for programs. */
export interface PolicyTestReport {
  readonly passed: number;
  readonly failed: number;

  /** Every test in the order of the suite. */
  readonly tests: readonly PolicyTestResult[];

  /** What is probably not meant in the policies. */
  readonly findings: readonly PolicyFinding[];
}

/** What became of one test. */
export interface PolicyTestResult {
  readonly name: string;
  readonly passed: boolean;

  /** ``deny TOOL_DENIED by `tools.deny[0]` of `shop` ``, as far as the test says. */
  readonly expected: string;
  readonly got: string;

  /** Where the two differ, one sentence each; empty for a test that passed. */
  readonly differences: readonly string[];

  /** The whole decision, as `explain` tells it. */
  readonly explanation: string;
}

/** When a test happens that says no time: noon UTC of Monday, 5 January 2026. */
const MONDAY_NOON = '2026-01-05T12:00:00Z';

/** Who calls where a test says nobody. The tenant is the one of an engine that knows none. */
const SOMEBODY = { framework: 'test', agent: 'agent', owner: 'owner', tenant: 'default', session: 'session' };

/** A test names its call, and nothing else here is random. */
const NO_RANDOM: Random = { id: (prefix) => `${prefix}_test`, below: () => 0 };

/**
 * Runs tests of policies that are data: calls, and what policy is expected to say of each. `suite` is one, or the path
 * of a JSON file that holds one; the path of its policies is relative to that file, or to the working directory.
 *
 * Only `decide` is tested: whether there is room in a budget or rate is no question of policy but of the moment, and is
 * not judged. A test without a session tests a new one. A denial that no policy gave, of an invalid call or where no
 * policy matches, passes only a test that names its code.
 *
 * Throws POLICY_INVALID for a suite or policies that are not valid, OPTIONS_INVALID for files that cannot be read and
 * JSON_INVALID for what is no strict JSON or more than 10,000 values of it; never for a test that fails.
 */
export async function runPolicyTests(suite: PolicyTestSuite | string): Promise<PolicyTestReport> {
  const content = typeof suite === 'string' ? await readJsonFile(suite, 'policy test file') : suite;
  const valid = parseSuite(content);
  const documents = await documentsOf(valid, typeof suite === 'string' ? dirname(suite) : '.');
  const policies = compilePolicies(documents, assetTable(valid.assets ?? []));
  const tests = valid.tests.map((test) => resultOf(test, valid, policies));
  const passed = tests.filter((test) => test.passed).length;
  return { passed, failed: tests.length - passed, tests, findings: checkPolicies(documents) };
}

async function documentsOf({ policies }: ValidSuite, folder: string): Promise<readonly unknown[]> {
  if (typeof policies !== 'string') return policies;
  return readPolicyFile(isAbsolute(policies) ? policies : join(folder, policies));
}

function resultOf(test: PolicyTest, suite: ValidSuite, policies: CompiledPolicies): PolicyTestResult {
  const decision = decisionOf(test, suite, policies);
  const expected = typeof test.expect === 'string' ? { kind: test.expect } : test.expect;
  const differences = differencesOf(expected, decision);
  return {
    name: test.name,
    passed: differences.length === 0,
    expected: wanted(expected),
    got: answered(decision),
    differences,
    explanation: explain(decision),
  };
}

function decisionOf(test: PolicyTest, { defaults = {} }: ValidSuite, policies: CompiledPolicies): Decision {
  const {
    agent,
    owner,
    tenant,
    session,
    tool = '',
    price,
    ...rest
  } = {
    ...SOMEBODY,
    ...defaults.call,
    ...test.call,
  };
  const principal: Principal = { agent, owner, tenant, session, issuer: 'policy-test' };
  const given: CallRequest = {
    arguments: {},
    ...rest,
    credential: undefined,
    tool,
    price: price === undefined ? undefined : (moneyFrom(price) ?? price),
  };
  const call = describeCall(given, principal, NO_RANDOM);
  if (!('kind' in call)) return decide(call, policies, factsOf(test, defaults));
  return { kind: 'deny', policies: [], effect: 'admin', writes: true, flags: [], denial: call };
}

function factsOf(test: PolicyTest, defaults: NonNullable<ValidSuite['defaults']>): Facts {
  const { at = defaults.at ?? MONDAY_NOON, session = defaults.session } = test;
  const nowMs = instantMs(at) ?? 0;
  if (session === undefined) return { nowMs, session: NEW_SESSION };
  const elevations = (session.elevations ?? []).map(({ policy, tool, until }) => {
    return { policy, tool, untilMs: instantMs(until) ?? 0 };
  });
  return { nowMs, session: { ...session, elevations } };
}
