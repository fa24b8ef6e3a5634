import { MAX_UNITS } from '../nouns/asset.ts';
import type { Call } from '../nouns/call.ts';
import type { Reason } from '../nouns/denial.ts';
import { isToolName, MAX_TOOL_NAME } from '../nouns/tool-name.ts';

/** Longest name of an agent, owner, session or issuer that is looked at, as in tokens. */
const MAX_NAME = 256;

/** What is wrong with something that only claims to be a call. The engine never builds one; a caller might. */
export function flawOf(call: unknown): Reason | undefined {
  if (typeof call !== 'object' || call === null) return { code: 'CALL_INVALID', message: 'expected a call' };
  const { principal, tool, price } = call as Partial<Call>;
  if (!isPrincipal(principal)) {
    const names = '`agent`, `owner`, `session` and `issuer`';
    return { code: 'IDENTITY_INVALID', message: `expected ${names}, each of 1 to ${MAX_NAME} characters` };
  }
  if (!isToolName(tool)) {
    const limit = `letters, digits, \`_.-\` and single slashes, at most ${MAX_TOOL_NAME} characters`;
    return { code: 'TOOL_NAME_INVALID', message: `expected a tool name of ${limit}`, limit };
  }
  if (isPrice(price)) return undefined;
  return {
    code: 'PRICE_UNKNOWN',
    message: `\`${tool}\` has no valid price; expected whole units of an asset`,
  };
}

function isPrincipal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { agent, owner, session, issuer } = value as Record<string, unknown>;
  return isName(agent) && isName(owner) && isName(session) && isName(issuer);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
}

function isPrice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { units, asset } = value as Record<string, unknown>;
  return typeof units === 'bigint' && units >= 0n && units <= MAX_UNITS && typeof asset === 'string';
}
