export { type PolicyTestReport, type PolicyTestResult, runPolicyTests } from './run-policy-tests.ts';
export type { PolicyTestSuite } from './suite.ts';
