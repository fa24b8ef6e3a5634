import { approve, repeatDenial, type Verdict } from './approve/approve.ts';
import { before, within } from './deadline.ts';
import { execute } from './execute/execute.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import type { Allowance, Decision, Refusal } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { Allowed, Ended, GuardOptions, Permit, Ready } from './nouns/engine.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import { isToolName } from './nouns/tool-name.ts';
import type { CallRecord, ReserveAnswer, StalePolicies } from './nouns/hold.ts';
import type { Parts } from './parts.ts';
import { judge, weigh } from './judge.ts';
import { recordDenial } from './record/record.ts';
import { actionHashOf, type Decided, refusalOf, reserve } from './reserve/reserve.ts';
import { permitOf, withdraw } from './settle/permit.ts';
import { settle } from './settle/settle.ts';
import { letPass, readyAnyway } from './shadow.ts';

/** What to run once the call may start. */
export interface Tool<T> {
  readonly run: (permit: Permit) => T | PromiseLike<T>;
  readonly options?: GuardOptions<T> | undefined;
}

/** The life of one call. Repeating it resumes it: every stage knows the call by its id. */
export async function guard<T>(parts: Parts, request: CallRequest, tool: Tool<T>): Promise<Outcome<T>> {
  const answer = await authorize(parts, request);
  if (answer.kind !== 'allowed') return answer;

  const execution = await execute(() => tool.run(answer.permit), tool.options?.signal);
  return settle(answer.permit, execution, tool.options);
}

/** The path up to the execution: each stage is the folder of the same name, and only this file calls them. */
export async function authorize(parts: Parts, request: CallRequest): Promise<Allowed | Waiting | Denial> {
  const answer = await failClosed(parts, async (turn) => {
    const call = await identify(turn, request);
    if ('kind' in call) return call;
    return underActivePolicies(turn, call, (decided) => admit(turn, decided));
  });
  return parts.mode === 'shadow' ? letPass(parts, request, answer) : answer;
}

/** As `authorize`, but starts nothing: the answer to a framework that asks whether a person has to approve. */
export async function prepare(parts: Parts, request: CallRequest): Promise<Ready | Waiting | Denial> {
  const answer = await failClosed(parts, async (turn) => {
    const call = await identify(turn, request);
    if ('kind' in call) return call;
    return underActivePolicies(turn, call, (decided) => foresee(turn, decided));
  });
  return parts.mode === 'shadow' ? readyAnyway(parts, answer) : answer;
}

/** What policy says, without holding or recording anything. */
export async function preview(parts: Parts, request: CallRequest): Promise<Decision | Denial> {
  const principal = await parts.identity.agent(request.credential);
  if ('kind' in principal) return principal;
  const call = describeCall(request, principal, parts.random);
  if ('kind' in call) return call;
  const { decision } = await weigh(parts, call, (work) => within(parts.clock, parts.storeTimeoutMs, work));
  return decision;
}

/** From the decision to the start. */
async function admit(turn: Turn, decided: Decided): Promise<Allowed | Waiting | Denial | StalePolicies> {
  const { call, decision } = decided;
  if (decision.kind === 'deny') return refuse(turn, { ...decided, decision });

  // Guardians review here. There are none yet, so none objects.

  const hold = await holdFor(turn, { ...decided, decision });
  if (hold.kind !== 'reserved') return hold;
  const runs = hold.fresh && hold.call.state === 'started';
  const started = runs ? { ...hold, kind: 'started' as const } : await ask(turn, decided, hold.call);
  if (started.kind !== 'started') return started;

  // The entry of the hold is written: nothing runs that the journal has not seen.
  const { call: record, budgets } = started;
  const permit = permitOf(turn, { call: { ...call, id: record.id }, record, budgets, rates: hold.rates });
  return { kind: 'allowed', permit: timely(turn, permit) };
}

/** Ends that the store does not write in time reject, and are written by the permit later: nobody waits for them. */
function timely({ clock, storeTimeoutMs }: Parts, permit: Permit): Permit {
  const inTime = (end: Promise<Ended>): Promise<Ended> => within(clock, storeTimeoutMs, end);
  return {
    ...permit,
    settle: (charged) => inTime(permit.settle(charged)),
    release: (reason) => inTime(permit.release(reason)),
    suspend: (reason) => inTime(permit.suspend(reason)),
  };
}

/** From the decision to the question that a person may have to answer. */
async function foresee(turn: Turn, decided: Decided): Promise<Ready | Waiting | Denial | StalePolicies> {
  const { call, decision } = decided;
  if (decision.kind === 'deny') return refuse(turn, { ...decided, decision });
  if (decision.kind === 'allow') return { kind: 'ready', callId: call.id, approvalId: undefined };

  const hold = await holdFor(turn, { ...decided, decision });
  return hold.kind === 'reserved' ? stand(turn, call, hold.call) : hold;
}

/** Other policies may become active between a decision and its hold: it is decided anew, this many times. */
const STALE_TRIES = 3;

/** Decides and goes on, and does both again when the store says that another set of policies is active. */
async function underActivePolicies<T>(
  turn: Turn,
  call: Call,
  goOn: (decided: Decided) => Promise<T | Denial | StalePolicies>,
): Promise<T | Denial> {
  for (let attempt = 0; attempt <= STALE_TRIES; attempt++) {
    const answer = await goOn(await judge(turn, call, (work) => inTime(turn, work)));
    if (!isStale(answer)) return answer;
    await inTime(turn, turn.live.catchUp(answer.active));
  }
  const message = 'other policies are active than this engine has; nothing was started';
  return repeated(turn, call, deny('POLICY_STALE', message, { retryAfterMs: 1_000 }));
}

function isStale(answer: unknown): answer is StalePolicies {
  return (answer as Partial<StalePolicies>).kind === 'stale-policies';
}

/** One walk of the path, with the time by which the store must have answered all of it. */
interface Turn extends Parts {
  readonly untilMs: number;
}

async function identify(turn: Turn, request: CallRequest): Promise<Call | Denial> {
  const principal = await turn.identity.agent(request.credential);
  if ('kind' in principal) {
    turn.refusals.count(principal.code);
    return principal;
  }
  const call = describeCall(request, principal, turn.random);
  return 'kind' in call ? inTime(turn, recordDenial(turn.store, principal, named(call, request))) : call;
}

/** A request that is no call is still known by its tool, where that has a name. */
function named(denial: Denial, { tool }: CallRequest): Denial & { readonly tool?: string } {
  return isToolName(tool) ? { ...denial, tool } : denial;
}

/** Writes the denial down; a call of the same id that has not started ends with it. */
async function refuse(
  turn: Turn,
  decided: Decided & { readonly decision: Refusal },
): Promise<Denial | StalePolicies> {
  const { call } = decided;
  const answer = await inTime(turn, turn.store.refuse(refusalOf(decided)));
  if (answer.kind === 'stale-policies') return answer;
  turn.wake();
  if (answer.kind === 'reserved') return repeated(turn, call, repeatDenial(answer.call));
  return denialOf(turn, call, answer);
}

type Reserved = Extract<ReserveAnswer, { kind: 'reserved' }>;

async function holdFor(
  turn: Turn,
  decided: Decided & { readonly decision: Allowance },
): Promise<Reserved | Denial | StalePolicies> {
  const late = (answer: ReserveAnswer): void => {
    if (answer.kind !== 'reserved' || !answer.fresh) return;
    // A waiting call keeps its hold: repeating it finds it, and people are told.
    if (answer.call.state === 'started') withdrawLate(turn, answer.call);
    else turn.wake();
  };
  const answer = await inTime(turn, reserve(turn, decided), late);
  if (answer.kind === 'stale-policies') return answer;
  if (answer.kind !== 'reserved') return denialOf(turn, decided.call, answer);
  if (answer.call.state === 'waiting') turn.wake();
  return answer;
}

/** Asks the approval of a waiting call, or says what became of one that somebody else started. */
async function ask(turn: Turn, { call, decision, set }: Decided, record: CallRecord): Promise<Verdict> {
  const late = (verdict: Verdict): void => {
    if (verdict.kind === 'started') withdrawLate(turn, verdict.call);
  };
  const actionHash = actionHashOf(call, decision.policies);
  const request = { callId: record.id, actionHash, policies: set.hash };
  const verdict = await inTime(turn, approve(turn, request), late);
  if (verdict.kind !== 'denied') return verdict;
  turn.wake();
  return repeated(turn, call, verdict);
}

async function stand(turn: Turn, call: Call, record: CallRecord): Promise<Ready | Waiting | Denial> {
  if (record.state !== 'waiting' || record.approvalId === undefined)
    return repeated(turn, call, repeatDenial(record));
  const approval = await inTime(turn, turn.store.approval(record.approvalId));
  if (approval?.status === 'pending') return { kind: 'waiting', callId: record.id, approval };
  if (approval?.status === 'approved') return { kind: 'ready', callId: record.id, approvalId: approval.id };
  const now = await inTime(turn, turn.store.call(record.id));
  return repeated(turn, call, repeatDenial(now ?? record));
}

function denialOf(
  turn: Turn,
  call: Call,
  answer: Exclude<ReserveAnswer, { kind: 'reserved' | 'stale-policies' }>,
): Promise<Denial> {
  if (answer.kind === 'refused')
    return answer.fresh ? Promise.resolve(answer.denial) : repeated(turn, call, answer.denial);
  if (answer.kind === 'stale-window')
    return repeated(turn, call, deny('STORE_UNAVAILABLE', 'the clocks of engine and store differ'));
  const message = 'this call id belongs to a call with another tool, other arguments, another price or payee';
  return repeated(turn, call, { ...deny('IDEMPOTENCY_CONFLICT', message), callId: answer.callId });
}

/** Every outcome is recorded, also that a repeat was told what its first call was told. */
function repeated(turn: Turn, call: Call, denial: Denial): Promise<Denial> {
  return inTime(turn, recordDenial(turn.store, call.principal, { ...denial, tool: call.tool }));
}

/** Waits for the store in time. Until it has answered, closing waits too: what comes late is still taken back. */
function inTime<T>(
  { clock, untilMs, underWay }: Turn,
  work: Promise<T>,
  late?: (answer: T) => void,
): Promise<T> {
  const answered = underWay.begin();
  const answer = before(clock, untilMs, { work, late });
  work.then(answered, answered);
  return answer;
}

/** A start whose answer came too late was told as a denial: nothing runs, its money returns, its id is free again. */
function withdrawLate(turn: Turn, call: CallRecord): void {
  withdraw(turn, call).catch(turn.onError);
}

/** Whatever goes wrong before the execution is a denial. */
async function failClosed<T>(parts: Parts, path: (turn: Turn) => Promise<T | Denial>): Promise<T | Denial> {
  if (parts.closing()) return unavailable('the engine is closing, so nothing was started');
  const walked = parts.underWay.begin();
  try {
    return await path({ ...parts, untilMs: parts.clock.now() + parts.storeTimeoutMs });
  } catch (error) {
    parts.onError(error instanceof Error ? error : new Error('the path failed'));
    return unavailable('the store cannot answer, so nothing was started');
  } finally {
    walked();
  }
}

function unavailable(message: string): Denial {
  return deny('STORE_UNAVAILABLE', message, { retryAfterMs: 1_000 });
}
