export { checkPolicies } from './check-policies.ts';
