import { within } from './nouns/deadline.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import type { Opened } from './nouns/carve-out.ts';
import type { Denial } from './nouns/denial.ts';
import type { Allowed, Ended, Extended, Mode, Permit, Ready } from './nouns/engine.ts';
import { type Money, type MoneyInput, tryMoney } from './nouns/money.ts';
import type { Waiting } from './nouns/outcome.ts';
import { callerFacts, type Principal } from './nouns/principal.ts';
import { isToolName } from './nouns/tool-name.ts';
import type { CallRecord } from './nouns/hold.ts';
import type { Parts } from './parts.ts';
import type { AskedMore } from './settle/permit.ts';

/** Whoever calls without proof in shadow. */
const UNKNOWN: Principal = Object.freeze({
  agent: 'unknown',
  owner: 'unknown',
  session: 'unknown',
  tenant: 'unknown',
  issuer: 'unknown',
});

/** The same parts for a call that is in shadow by itself; an engine in shadow is in shadow for every call. */
export function inMode(parts: Parts, mode: Mode | undefined): Parts {
  return mode === 'shadow' && parts.mode !== 'shadow' ? { ...parts, mode } : parts;
}

/**
 * Lets a call run that would have been denied, and writes down that it did. Its permit holds no money. Never rejects:
 * shadow blocks nothing, a store that is down included.
 */
export async function letPass(
  parts: Parts,
  request: CallRequest,
  answer: Allowed | Waiting | Denial,
): Promise<Allowed> {
  if (answer.kind === 'allowed') return answer;
  const principal = await callerOf(parts, request);
  const described = callOf(request, principal ?? UNKNOWN, parts);
  const call = { ...described, id: answer.callId ?? described.id };
  // Whoever proves nothing is counted with the others like them, and cannot fill the journal.
  if (principal !== undefined) await note(parts, call, answer);
  return { kind: 'allowed', permit: unheldPermit(call, parts.clock.now()) };
}

/** In shadow nothing waits and nothing is denied. */
export function readyAnyway(parts: Parts, answer: Ready | Waiting | Denial): Ready {
  if (answer.kind === 'ready') return answer;
  return { kind: 'ready', callId: answer.callId ?? parts.random.id('call'), approvalId: undefined };
}

/** In shadow a call may cost what it asks for: what would have been denied is written down, and nothing more is held. */
export async function extendAnyway(
  parts: Parts,
  call: Call,
  { asked, answer }: { readonly asked: AskedMore; readonly answer: Extended | Denial },
): Promise<Extended> {
  if (answer.kind === 'extended') return answer;
  await note(parts, call, answer);
  return ungranted({ ...call, price: asked.current }, asked.price);
}

/** In shadow a parent goes on delegating: nothing is held, and what is spent of it is denied nowhere. */
export function openAnyway({ random }: Parts, amount: MoneyInput, answer: Opened | Denial): Opened {
  if (answer.kind === 'opened') return answer;
  const id = answer.callId ?? random.id('call');
  return { kind: 'opened', id, amount: tryMoney(amount) ?? NOTHING, expiresAt: undefined, budgets: [] };
}

const NOTHING: Money = { units: 0n, asset: 'USD/6' };

/** An amount that is none changes nothing. */
function ungranted(call: Call, price: MoneyInput): Extended {
  const asked = tryMoney(price) ?? call.price;
  return { kind: 'extended', callId: call.id, price: asked, deadlineMs: undefined, budgets: [] };
}

async function callerOf({ identity }: Parts, request: CallRequest): Promise<Principal | undefined> {
  try {
    const principal = await identity.agent(request.credential);
    return 'kind' in principal ? undefined : principal;
  } catch {
    return undefined;
  }
}

/** The call, or as much of it as can be described: in shadow also a call that is none goes through. */
function callOf(request: CallRequest, principal: Principal, { random }: Parts): Call {
  const call = describeCall(request, principal, random);
  if (!('kind' in call)) return call;
  const rest = {
    credential: undefined,
    framework: 'unknown',
    tool: toolOf(request),
    arguments: null,
    price: '0 USD',
  };
  const bare = describeCall(rest, principal, random);
  if ('kind' in bare) throw new TypeError(bare.message);
  return bare;
}

/** The name of its tool, where it can be read and is one: operators look for what has no price by it. */
function toolOf(request: CallRequest): string {
  try {
    const { tool } = request;
    return isToolName(tool) ? tool : 'unknown';
  } catch {
    return 'unknown';
  }
}

async function note(parts: Parts, call: Call, answer: Waiting | Denial): Promise<void> {
  const { store, clock, storeTimeoutMs, onError } = parts;
  const told =
    answer.kind === 'denied' ? { code: answer.code, message: answer.message } : { code: answer.kind };
  const facts = { ...callerFacts(call.principal), tool: call.tool, ...told };
  try {
    const written = store
      .of(call.principal.tenant)
      .append([{ type: 'call.shadowed', callId: call.id, facts }]);
    await within(clock, storeTimeoutMs, written);
  } catch (error) {
    onError(error instanceof Error ? error : new Error('the store cannot answer'));
  }
}

/** Leave to execute without a hold: however it ends, no budget is charged. */
function unheldPermit(call: Call, nowMs: number): Permit {
  const record: CallRecord = {
    ...call.principal,
    id: call.id,
    fingerprint: call.fingerprint,
    requestHash: call.requestHash,
    tool: call.tool,
    price: call.price,
    state: 'denied',
    budgets: [],
    approvalId: undefined,
    denial: undefined,
    attempt: '',
    charged: undefined,
    createdAt: nowMs,
    deadlineMs: undefined,
    endedAt: nowMs,
  };
  let ended = false;
  const end = async (): Promise<Ended> => {
    const first = !ended;
    ended = true;
    return { first, call: record, budgets: [] };
  };
  const extend: Permit['extend'] = async ({ price = call.price }) => ungranted(call, price);
  return { call, budgets: [], rates: [], extend, settle: end, release: end, suspend: end };
}
