export { type CompiledPolicies, compilePolicies } from './compile.ts';
export { decide } from './decide.ts';
export { importAgentPolicy } from './document/import-agent-policy.ts';
export { readPolicyFile } from './document/policy-file.ts';
export type { NormalizedPolicy, PolicyDocument } from './document/schema.ts';
export { type PolicyStanding, standingOf } from './standing.ts';
