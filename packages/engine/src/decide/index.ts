export { type CompiledPolicies, compilePolicies } from './compile.ts';
export { decide } from './decide.ts';
export { explain } from './explain.ts';
export type { NormalizedPolicy, PolicyDocument } from './document/schema.ts';
export { checkPolicies } from './findings/index.ts';
export { type PolicyStanding, standingOf } from './standing.ts';
