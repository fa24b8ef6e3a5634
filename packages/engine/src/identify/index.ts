export { DEFAULT_TENANT } from './token-kind.ts';
export { IDENTIFIER_FORM, isIdentifier } from './identifier.ts';
export { createIdentity } from './identity.ts';
export type { Identity } from './identity.ts';
export type { Algorithm, SigningKey, VerificationKey } from './keys.ts';
export type { IdentityOptions, Issuer } from './options.ts';
export { signAgentToken, signApproverToken } from './sign.ts';
export type { AgentTokenOptions, ApproverTokenOptions, TokenOptions } from './sign.ts';
