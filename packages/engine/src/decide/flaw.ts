import { MAX_UNITS } from '../nouns/asset.ts';
import type { Call } from '../nouns/call.ts';
import type { Reason } from '../nouns/denial.ts';
import { effects, isEffect } from '../nouns/effect.ts';
import type { Facts } from '../nouns/facts.ts';
import { readPayee } from '../nouns/payee.ts';
import { isToolName, MAX_TOOL_NAME } from '../nouns/tool-name.ts';

/** Longest name of an agent, owner, session, tenant, issuer or framework that is looked at, as in tokens. */
const MAX_NAME = 256;

/** The end of the year 9999, up to which every part of a policy can reckon. */
const MAX_MS = 253_402_300_799_999;

/** What is wrong with something that only claims to be a call. The engine never builds one; a caller might. */
export function flawOf(call: unknown, facts: unknown): Reason | undefined {
  if (typeof call !== 'object' || call === null) return invalid('expected a call');
  const { principal, tool, price, payee, effect, framework } = call as Partial<Call>;
  if (!isPrincipal(principal)) {
    const names = '`agent`, `owner`, `session`, `tenant` and `issuer`';
    return { code: 'IDENTITY_INVALID', message: `expected ${names}, each of 1 to ${MAX_NAME} characters` };
  }
  if (!isToolName(tool)) {
    const limit = `letters, digits, \`_.-\` and single slashes, at most ${MAX_TOOL_NAME} characters`;
    return { code: 'TOOL_NAME_INVALID', message: `expected a tool name of ${limit}`, limit };
  }
  if (!isName(framework)) return invalid(`expected \`framework\` of 1 to ${MAX_NAME} characters`);
  if (effect !== undefined && !isEffect(effect))
    return invalid(`expected \`effect\` as one of \`${effects.join('`, `')}\``);
  if (typeof payee !== 'object' || payee === null) return invalid('expected `payee` as an object');
  const known = readPayee(payee);
  if ('problem' in known) return invalid(known.problem);
  const wrong = flawOfFacts(facts);
  if (wrong !== undefined) return invalid(wrong);
  if (isPrice(price)) return undefined;
  return {
    code: 'PRICE_UNKNOWN',
    message: `\`${tool}\` has no valid price; expected whole units of an asset`,
  };
}

function invalid(message: string): Reason {
  return { code: 'CALL_INVALID', message };
}

function isPrincipal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { agent, owner, session, tenant, issuer } = value as Record<string, unknown>;
  return isName(agent) && isName(owner) && isName(session) && isName(tenant) && isName(issuer);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
}

function isPrice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { units, asset } = value as Record<string, unknown>;
  return typeof units === 'bigint' && units >= 0n && units <= MAX_UNITS && typeof asset === 'string';
}

function flawOfFacts(value: unknown): string | undefined {
  const { nowMs, session } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Facts>;
  if (!isCount(nowMs) || nowMs > MAX_MS) return 'expected `facts.nowMs` in whole milliseconds since 1970';
  if (session === undefined || isSession(session)) return undefined;
  return 'expected `facts.session` with whole `calls`, `denials` and `writes`, and a list of `elevations`';
}

function isSession(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { calls, denials, writes, elevations } = value as Record<string, unknown>;
  return (
    isCount(calls) &&
    isCount(denials) &&
    isCount(writes) &&
    Array.isArray(elevations) &&
    elevations.every(isElevation)
  );
}

function isElevation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { policy, tool, untilMs } = value as Record<string, unknown>;
  return typeof policy === 'string' && typeof tool === 'string' && isCount(untilMs);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
