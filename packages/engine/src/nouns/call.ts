import { canonicalJson } from './canonical.ts';
import { type Denial, deny } from './denial.ts';
import { sha256 } from './digest.ts';
import { ToriiError } from './errors.ts';
import { type Effect, effects, isEffect } from './effect.ts';
import { type Money, type MoneyInput, tryMoney } from './money.ts';
import { type Payee, readPayee } from './payee.ts';
import type { Principal } from './principal.ts';
import type { Random } from './random.ts';
import { isToolName, MAX_TOOL_NAME } from './tool-name.ts';

/** What a door hands over: a framework's call, in its own words but in our shape. Nothing here is trusted yet. */
export interface CallRequest {
  /** The agent's token. Never a header, body field or tool argument that merely names the agent. */
  readonly credential: string | undefined;

  /** The door: `express`, `vercel-ai`, ... */
  readonly framework: string;

  /** Name of the tool, qualified by its server where it has one: `search`, `github/create_issue`. */
  readonly tool: string;

  /** SHA-256 of the tool's definition, pinned by whoever offers the tool. */
  readonly definition?: string;

  /** The arguments of the call: plain JSON data. */
  readonly arguments: unknown;

  /** What the call will cost at most: `"0.12 USD"`. Undefined means unknown, and an unknown price is a denial. */
  readonly price: MoneyInput | undefined;

  /** Who receives the money, as the application knows. @default nobody is named */
  readonly payee?: Payee | undefined;

  /** What the tool does, as whoever offers it declares. Policy may say otherwise. @default by the tool's name */
  readonly effect?: Effect | undefined;

  /**
   * The caller's own key. The same key is the same call, whatever the session, until 72 hours after it, or its last
   * attempt, ended. A call that failed is attempted again.
   */
  readonly idempotencyKey?: string;

  /** The framework's identifier of the call, stable over pause and resume within a session. */
  readonly frameworkCallId?: string;
}

/** One call, validated: who, what, with which arguments, at which price. */
export interface Call {
  /** The idempotency identifier: the same id is the same call. */
  readonly id: string;

  /** Present when neither caller nor framework named the call: equal unresolved calls of a session are one call. */
  readonly fingerprint: string | undefined;

  readonly principal: Principal;
  readonly framework: string;
  readonly tool: string;
  readonly definition: string | undefined;

  /** RFC 8785 text of the arguments. */
  readonly arguments: string;

  readonly price: Money;

  /** Has only the fields that are known. */
  readonly payee: Payee;

  /** As declared; undefined where nobody declared it. */
  readonly effect: Effect | undefined;

  /** SHA-256 over tool, definition, arguments, price, payee and effect: the same id with another hash is a conflict. */
  readonly requestHash: string;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const FRAMEWORK = /^[A-Za-z0-9_.:@/-]{1,64}$/;
const DEFINITION = /^[0-9a-f]{64}$/;

/** Validates a request of a verified principal. Answers the call or the denial that says what is wrong with it. */
export function describeCall(request: CallRequest, principal: Principal, random: Random): Call | Denial {
  try {
    return described(request, principal, random);
  } catch {
    return deny('CALL_INVALID', 'expected a call whose parts can be read');
  }
}

function described(request: CallRequest, principal: Principal, random: Random): Call | Denial {
  const { tool, definition } = request;
  if (!isToolName(tool)) {
    return deny(
      'TOOL_NAME_INVALID',
      `expected a tool name of letters, digits, \`_.-\` and single slashes, at most ${MAX_TOOL_NAME} characters`,
    );
  }
  if (definition !== undefined && !DEFINITION.test(definition)) {
    return deny('CALL_INVALID', 'expected the tool definition as 64 hexadecimal digits');
  }
  const { framework } = request;
  if (typeof framework !== 'string' || !FRAMEWORK.test(framework)) {
    return deny('CALL_INVALID', 'expected `framework` of 1 to 64 letters, digits and `_.:@/-`');
  }
  const key = request.idempotencyKey ?? request.frameworkCallId;
  if (key !== undefined && (typeof key !== 'string' || !KEY.test(key))) {
    return deny('CALL_INVALID', 'expected a call id of 1 to 255 visible ASCII characters');
  }
  const price = tryMoney(request.price);
  if (price === undefined) {
    return deny('PRICE_UNKNOWN', `\`${tool}\` has no valid price; expected an amount such as \`0.12 USD\``);
  }
  const args = canonicalArguments(request.arguments);
  if (typeof args !== 'string') return args;
  const payee = readPayee(request.payee);
  if ('problem' in payee) return deny('CALL_INVALID', payee.problem);
  const { effect } = request;
  if (effect !== undefined && !isEffect(effect)) {
    return deny('CALL_INVALID', `expected \`effect\` as one of \`${effects.join('`, `')}\``);
  }
  const requestHash = hashOf([
    'request',
    tool,
    definition ?? null,
    args,
    price.units.toString(),
    price.asset,
    payee.recipient ?? null,
    payee.network ?? null,
    payee.category ?? null,
    payee.scheme ?? null,
    effect ?? null,
  ]);
  const { id = random.id('call'), fingerprint } = nameOf(request, principal, requestHash);
  return {
    id,
    fingerprint,
    principal,
    framework,
    tool,
    definition,
    arguments: args,
    price,
    payee,
    effect,
    requestHash,
  };
}

/** What the call is known by: the caller's key, the framework's id, or what it asks for. */
function nameOf(
  request: CallRequest,
  { issuer, tenant, owner, agent, session }: Principal,
  requestHash: string,
): { id?: string; fingerprint: string | undefined } {
  const { idempotencyKey, frameworkCallId, framework } = request;
  if (idempotencyKey !== undefined)
    return { id: idOf(['key', issuer, tenant, owner, agent, idempotencyKey]), fingerprint: undefined };
  if (frameworkCallId !== undefined) {
    return {
      id: idOf(['call', issuer, tenant, owner, agent, session, framework, frameworkCallId]),
      fingerprint: undefined,
    };
  }
  return { fingerprint: hashOf(['unnamed', issuer, tenant, owner, agent, session, requestHash]) };
}

function canonicalArguments(value: unknown): string | Denial {
  try {
    return canonicalJson(value ?? null);
  } catch (error) {
    return deny(
      'CALL_INVALID',
      ToriiError.is(error) ? `arguments: ${error.message}` : 'expected arguments that can be read',
    );
  }
}

function idOf(parts: readonly string[]): string {
  return `call_${hashOf(parts).slice(0, 32)}`;
}

function hashOf(parts: readonly (string | null)[]): string {
  return sha256(JSON.stringify(parts));
}
