import { approve, repeatDenial, type Verdict } from './approve/approve.ts';
import { within } from './deadline.ts';
import { decide as decidePolicy } from './decide/index.ts';
import { execute } from './execute/execute.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import type { Allowance, Decision, Refusal } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { Allowed, GuardOptions, Permit, Ready } from './nouns/engine.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import type { CallRecord, ReserveAnswer } from './nouns/store.ts';
import type { Parts } from './parts.ts';
import { recordDenial } from './record/record.ts';
import { actionHashOf, factsOf, identityOf, reserve } from './reserve/reserve.ts';
import { permitOf } from './settle/permit.ts';
import { settle } from './settle/settle.ts';

/** What to run once the call may start. */
export interface Tool<T> {
  readonly run: (permit: Permit) => T | PromiseLike<T>;
  readonly options?: GuardOptions<T> | undefined;
}

/** The life of one call. Repeating it resumes it: every stage knows the call by its id. */
export async function guard<T>(parts: Parts, request: CallRequest, tool: Tool<T>): Promise<Outcome<T>> {
  const answer = await authorize(parts, request);
  if (answer.kind !== 'allowed') return answer;

  const execution = await execute(() => tool.run(answer.permit));
  return settle(answer.permit, execution, tool.options);
}

/** The path up to the execution: each stage is the folder of the same name, and only this file calls them. */
export function authorize(parts: Parts, request: CallRequest): Promise<Allowed | Waiting | Denial> {
  return failClosed(parts, async () => {
    const call = await identify(parts, request);
    if ('kind' in call) return call;

    const decision = decidePolicy(call, parts.policies);
    if (decision.kind === 'deny') return refuse(parts, call, decision);

    // Guardians review here. There are none yet, so none objects.

    const hold = await holdFor(parts, call, decision);
    if (hold.kind === 'denied') return hold;
    const started =
      hold.fresh && hold.call.state === 'started'
        ? hold
        : await ask(parts, call, { decision, record: hold.call });
    if (started.kind === 'denied' || started.kind === 'waiting') return started;

    // The entry of the hold is written: nothing runs that the journal has not seen.
    const permit = permitOf(parts, {
      call: { ...call, id: started.call.id },
      record: started.call,
      budgets: started.budgets,
      rates: hold.rates,
    });
    return { kind: 'allowed', permit };
  });
}

/** As `authorize`, but starts nothing: the answer to a framework that asks whether a person has to approve. */
export function prepare(parts: Parts, request: CallRequest): Promise<Ready | Waiting | Denial> {
  return failClosed(parts, async () => {
    const call = await identify(parts, request);
    if ('kind' in call) return call;

    const decision = decidePolicy(call, parts.policies);
    if (decision.kind === 'deny') return refuse(parts, call, decision);
    if (decision.kind === 'allow') return { kind: 'ready', callId: call.id, approvalId: undefined };

    const hold = await holdFor(parts, call, decision);
    if (hold.kind === 'denied') return hold;
    return stand(parts, call, hold.call);
  });
}

/** What policy says, without holding or recording anything. */
export async function preview(parts: Parts, request: CallRequest): Promise<Decision | Denial> {
  const principal = await parts.identity.agent(request.credential);
  if ('kind' in principal) return principal;
  const call = describeCall(request, principal, parts.random);
  return 'kind' in call ? call : decidePolicy(call, parts.policies);
}

async function identify(parts: Parts, request: CallRequest): Promise<Call | Denial> {
  const principal = await parts.identity.agent(request.credential);
  if ('kind' in principal) {
    parts.refusals.count(principal.code);
    return principal;
  }
  const call = describeCall(request, principal, parts.random);
  return 'kind' in call ? inTime(parts, recordDenial(parts.store, principal, call)) : call;
}

/** Writes the denial down; a call of the same id that has not started ends with it. */
async function refuse(parts: Parts, call: Call, { denial, policies }: Refusal): Promise<Denial> {
  const answer = await inTime(parts, parts.store.refuse(identityOf(call), denial, factsOf(call, policies)));
  parts.wake();
  return answer.kind === 'reserved'
    ? repeated(parts, call, repeatDenial(answer.call))
    : denialOf(parts, call, answer);
}

type Reserved = Extract<ReserveAnswer, { kind: 'reserved' }>;

async function holdFor(parts: Parts, call: Call, decision: Allowance): Promise<Reserved | Denial> {
  const late = (answer: ReserveAnswer): void => {
    if (answer.kind === 'reserved' && answer.fresh && answer.call.state === 'started')
      releaseLate(parts, answer.call.id);
  };
  const answer = await inTime(parts, reserve(parts, call, decision), late);
  if (answer.kind === 'reserved' && answer.call.state === 'waiting') parts.wake();
  return answer.kind === 'reserved' ? answer : denialOf(parts, call, answer);
}

/** Asks the approval of a waiting call, or says what became of one that somebody else started. */
async function ask(
  parts: Parts,
  call: Call,
  { decision, record }: { readonly decision: Allowance; readonly record: CallRecord },
): Promise<Verdict> {
  const late = (verdict: Verdict): void => {
    if (verdict.kind === 'started') releaseLate(parts, record.id);
  };
  const verdict = await inTime(parts, approve(parts, record.id, actionHashOf(call, decision.policies)), late);
  if (verdict.kind !== 'denied') return verdict;
  parts.wake();
  return repeated(parts, call, verdict);
}

async function stand(parts: Parts, call: Call, record: CallRecord): Promise<Ready | Waiting | Denial> {
  if (record.state !== 'waiting' || record.approvalId === undefined)
    return repeated(parts, call, repeatDenial(record));
  const approval = await inTime(parts, parts.store.approval(record.approvalId));
  if (approval?.status === 'pending') return { kind: 'waiting', callId: record.id, approval };
  if (approval?.status === 'approved') return { kind: 'ready', callId: record.id, approvalId: approval.id };
  const now = await inTime(parts, parts.store.call(record.id));
  return repeated(parts, call, repeatDenial(now ?? record));
}

function denialOf(
  parts: Parts,
  call: Call,
  answer: Exclude<ReserveAnswer, { kind: 'reserved' }>,
): Promise<Denial> {
  if (answer.kind === 'refused')
    return answer.fresh ? Promise.resolve(answer.denial) : repeated(parts, call, answer.denial);
  if (answer.kind === 'stale-window')
    return repeated(parts, call, deny('STORE_UNAVAILABLE', 'the clocks of engine and store differ'));
  const message =
    'this call id belongs to a call with another tool, other arguments or another price; use a new id';
  return repeated(parts, call, { ...deny('IDEMPOTENCY_CONFLICT', message), callId: answer.callId });
}

/** Every outcome is recorded, also that a repeat was told what its first call was told. */
function repeated(parts: Parts, call: Call, denial: Denial): Promise<Denial> {
  return inTime(parts, recordDenial(parts.store, call.principal, { ...denial, tool: call.tool }));
}

function inTime<T>(
  { clock, storeTimeoutMs }: Parts,
  work: Promise<T>,
  late?: (answer: T) => void,
): Promise<T> {
  return within(clock, storeTimeoutMs, late === undefined ? { work } : { work, late });
}

/** A start whose answer came too late was told as a denial, so nothing runs and its money returns. */
function releaseLate({ store, onError }: Parts, callId: string): void {
  store.release(callId, { reason: 'the store answered too late; nothing ran' }).catch(onError);
}

/** Whatever goes wrong before the execution is a denial. */
async function failClosed<T>({ onError }: Parts, path: () => Promise<T | Denial>): Promise<T | Denial> {
  try {
    return await path();
  } catch (error) {
    onError(error instanceof Error ? error : new Error('the path failed'));
    return deny('STORE_UNAVAILABLE', 'the store cannot answer, so nothing was started; try again later', {
      retryAfterMs: 1_000,
    });
  }
}
