import { approve, repeatDenial, type Verdict } from './approve/approve.ts';
import { nextAttempt } from './attempts.ts';
import { within } from './deadline.ts';
import { CARVE_OUT_TOOL, refusal } from './delegated.ts';
import { execute } from './execute/execute.ts';
import { extend } from './extend.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import type { Decision, Refusal } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type {
  Allowed,
  CallOptions,
  Ended,
  GuardOptions,
  Permit,
  Ready,
  WaitOptions,
} from './nouns/engine.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import type { CallRecord, ReserveAnswer, StalePolicies } from './nouns/hold.ts';
import type { Parts } from './parts.ts';
import { weigh } from './judge.ts';
import { actionHashOf, type Decided, type Granted, refusalOf, reserve } from './reserve/reserve.ts';
import { permitOf, type Started } from './settle/permit.ts';
import { settle } from './settle/settle.ts';
import { extendAnyway, inMode, letPass, readyAnyway } from './shadow.ts';
import { stoppedSince } from './stopped.ts';
import { failClosed, identify, inTime, repeated, type Turn, underActivePolicies, type Walk } from './turn.ts';
import { waitForPeople, waitProblem } from './waiting.ts';

/** What to run once the call may start. */
export interface Tool<T> {
  readonly run: (permit: Permit) => T | PromiseLike<T>;
  readonly options?: GuardOptions<T> | undefined;
}

/** The life of one call. Repeating it resumes it: every stage knows the call by its id. */
export async function guard<T>(parts: Parts, request: CallRequest, tool: Tool<T>): Promise<Outcome<T>> {
  const answer = await authorize(parts, request, tool.options);
  if (answer.kind !== 'allowed') return answer;

  const execution = await execute(() => tool.run(answer.permit), tool.options?.signal);
  return settle(answer.permit, execution, tool.options);
}

/** The path up to the execution, and again once people decided or the time to wait for them is up. */
export async function authorize(
  parts: Parts,
  request: CallRequest,
  options: WaitOptions = {},
): Promise<Allowed | Waiting | Denial> {
  const problem = waitProblem(options);
  const own = inMode(parts, options.mode);
  // In shadow nobody is asked, so nobody is waited for.
  if (own.mode === 'shadow') return letPass(own, request, problem ?? (await walk(own, request)));
  if (problem !== undefined) return problem;
  if ((options.waitMs ?? 0) === 0) return walk(parts, request);
  // What the caller changes of it while people think must not change whose call is repeated.
  const asked = copyOf(request);
  const answer = await walk(parts, asked);
  if (answer.kind !== 'waiting') return answer;
  const waited = await waitForPeople(parts, answer, options);
  return waited.kind === 'over' ? walk(parts, asked, answer.callId) : waited.waiting;
}

/** The path up to the execution: each stage is the folder of the same name, and only this file calls them. */
function walk(parts: Parts, request: CallRequest, callId?: string): Promise<Allowed | Waiting | Denial> {
  return failClosed(parts, async (untilMs) => {
    const entered = await enter(parts, request, untilMs);
    if ('kind' in entered) return entered;
    const { turn, call } = entered;
    // A repeat of a call that nobody named would be another one once that is over.
    const isUnnamed = call.fingerprint !== undefined;
    const same = callId !== undefined && isUnnamed ? { turn, call: { ...call, id: callId } } : entered;
    return underActivePolicies(same, (decided) => admit(turn, decided));
  });
}

/** A request that cannot be read is told so by the path. */
function copyOf(request: CallRequest): CallRequest {
  try {
    return { ...request };
  } catch {
    return request;
  }
}

/** As `authorize`, but starts nothing: the answer to a framework that asks whether a person has to approve. */
export async function prepare(
  parts: Parts,
  request: CallRequest,
  { mode }: CallOptions = {},
): Promise<Ready | Waiting | Denial> {
  const own = inMode(parts, mode);
  const answer = await failClosed(own, async (untilMs) => {
    const walk = await enter(own, request, untilMs);
    return 'kind' in walk ? walk : underActivePolicies(walk, (decided) => foresee(walk.turn, decided));
  });
  return own.mode === 'shadow' ? readyAnyway(own, answer) : answer;
}

/** What policy says, without holding or recording anything. */
export async function preview(parts: Parts, request: CallRequest): Promise<Decision | Denial> {
  const principal = await parts.identity.agent(request.credential);
  if ('kind' in principal) return principal;
  const call = describeCall(request, principal, parts.random);
  if ('kind' in call) return call;
  const { clock, store, storeTimeoutMs } = parts;
  const own = { ...parts, store: store.of(principal.tenant) };
  const { decision } = await weigh(own, call, (work) => within(clock, storeTimeoutMs, work));
  return decision;
}

/** From the decision to money that is set aside: the path of a call that others spend from. Answers its hold. */
export async function setAside(
  parts: Parts,
  request: CallRequest,
  forMs: number,
): Promise<Reserved | Denial> {
  return failClosed(parts, async (untilMs) => {
    const walk = await identify(parts, request, untilMs);
    return 'kind' in walk ? walk : underActivePolicies(walk, (decided) => carve(walk.turn, decided, forMs));
  });
}

/** Nobody but the engine calls the tool that sets money aside: a door that offers one of that name offers another. */
async function enter(parts: Parts, request: CallRequest, untilMs: number): Promise<Walk | Denial> {
  const walk = await identify(parts, request, untilMs);
  if ('kind' in walk || walk.call.tool !== CARVE_OUT_TOOL) return walk;
  const message = `expected another tool name: \`${CARVE_OUT_TOOL}\` is what setting money aside is called`;
  return repeated(walk, { ...deny('TOOL_NAME_INVALID', message), callId: walk.call.id });
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
  return {
    kind: 'allowed',
    permit: permit(turn, { call: { ...call, id: record.id }, record, budgets, rates: hold.rates }),
  };
}

/** Leave to execute. What it asks of the store later is no part of this walk: each has its own time. */
function permit(turn: Turn, started: Omit<Started, 'extend'>): Permit {
  const { call, record } = started;
  return timely(
    turn,
    permitOf(turn, {
      ...started,
      extend: async (asked) => {
        const answer = await extend(turn, { call, record }, asked);
        return turn.mode === 'shadow' ? extendAnyway(turn, call, { asked, answer }) : answer;
      },
    }),
  );
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
  return hold.kind === 'reserved' ? stand(turn, { ...decided, decision }, hold.call) : hold;
}

/** From the decision to the account that is funded. Nobody can wait for a person here: there is no call to repeat. */
async function carve(
  turn: Turn,
  decided: Decided,
  forMs: number,
): Promise<Reserved | Denial | StalePolicies> {
  const { call, decision } = decided;
  if (decision.kind === 'deny') return refuse(turn, { ...decided, decision });
  if (decision.kind === 'approve') {
    const { reason = '' } = decision.approvals[0] ?? {};
    const message = `a person would have to approve this (${reason}), and money cannot be set aside while they think`;
    return refuse(turn, { ...decided, decision: refusal(call, decision, deny('TOOL_NOT_ALLOWED', message)) });
  }
  const currency = call.price.asset.slice(0, 3);
  const units = turn.assets.count(call.price.units, call.price.asset, currency);
  if (units === undefined || units === 0n) {
    const message = 'expected an amount in a currency, and more than nothing, such as `5.00 USD`';
    return refuse(turn, { ...decided, decision: refusal(call, decision, deny('PRICE_UNKNOWN', message)) });
  }
  const granted = { ...decided, decision, setAside: { currency, units, forMs } };
  // An answer that is lost leaves what it set aside where it is: the same key finds it, and its time ends it.
  const answer = await inTime(turn, reserve(turn, granted));
  if (answer.kind === 'stale-policies') return answer;
  if (answer.kind !== 'reserved') return denialOf(turn, call, answer);
  if (answer.call.carved !== undefined && answer.call.state === 'carved') return answer;
  return repeated({ turn, call }, repeatDenial(answer.call));
}

/** Writes the denial down, for the attempt that is denied; a call of its id that has not started ends with it. */
async function refuse(
  turn: Turn,
  decided: Decided & { readonly decision: Refusal },
): Promise<Denial | StalePolicies> {
  const { call } = decided;
  const answer = await inTime(turn, turn.store.refuse(refusalOf(decided, turn.attempt)));
  if (answer.kind === 'stale-policies') return answer;
  turn.wake(turn.store);
  if (answer.kind !== 'reserved') return denialOf(turn, call, answer);
  const next = nextAttempt(turn, decided, answer.call);
  if (next !== undefined) {
    const found = await next;
    return 'call' in found ? refuse(turn, found) : found;
  }
  return repeated({ turn, call }, repeatDenial(answer.call));
}

/** What a reservation made, or found. */
export type Reserved = Extract<ReserveAnswer, { kind: 'reserved' }>;

/** Holds what the call may cost, or finds its hold; where an attempt of it failed, that of the next one. */
async function holdFor(turn: Turn, granted: Granted): Promise<Reserved | Denial | StalePolicies> {
  const late = (answer: ReserveAnswer): void => {
    if (answer.kind !== 'reserved' || !answer.fresh) return;
    // A waiting call keeps its hold: repeating it finds it, and people are told.
    if (answer.call.state === 'started') takeBack(turn, answer.call.id);
    else turn.wake(turn.store);
  };
  // The hold may be there although its answer is not. One that was joined has another id, and is not ours to take back.
  const lost = (): void => takeBack(turn, granted.call.id);
  const answer = await inTime(turn, reserve(turn, granted), { late, lost });
  if (answer.kind === 'stale-policies') return answer;
  if (answer.kind !== 'reserved') return denialOf(turn, granted.call, answer);
  const next = nextAttempt(turn, granted, answer.call);
  if (next !== undefined) {
    const found = await next;
    return 'call' in found ? holdFor(turn, found) : found;
  }
  if (answer.call.state === 'waiting') turn.wake(turn.store);
  return answer;
}

/** Asks the approval of a waiting call, or says what became of one that somebody else started. */
async function ask(turn: Turn, { call, decision, set }: Decided, record: CallRecord): Promise<Verdict> {
  const lost = (): void => takeBack(turn, record.id);
  const late = (verdict: Verdict): void => {
    if (verdict.kind === 'started') lost();
  };
  const { attempt } = turn;
  const actionHash = actionHashOf(call, decision.policies);
  const request = { callId: record.id, actionHash, policies: set.hash, attempt };
  const verdict = await inTime(turn, approve(turn, request), { late, lost });
  if (verdict.kind !== 'denied') return verdict;
  turn.wake(turn.store);
  return repeated({ turn, call }, verdict);
}

/** A start that its caller was told had failed: nothing runs, its money returns, its id is free again. */
function takeBack({ withdrawals, store, attempt }: Turn, id: string): void {
  withdrawals.add(store, { id, attempt });
}

/** How a call that waits stands. One that was approved and is revoked by now ends here, as it would when it starts. */
async function stand(
  turn: Turn,
  granted: Granted,
  record: CallRecord,
): Promise<Ready | Waiting | Denial | StalePolicies> {
  const { call, decision } = granted;
  if (record.state !== 'waiting' || record.approvalId === undefined)
    return repeated({ turn, call }, repeatDenial(record));
  const approval = await inTime(turn, turn.store.approval(record.approvalId));
  if (approval?.status === 'pending') return { kind: 'waiting', callId: record.id, approval };
  if (approval?.status !== 'approved') {
    const now = await inTime(turn, turn.store.call(record.id));
    return repeated({ turn, call }, repeatDenial(now ?? record));
  }
  const stopped = await inTime(turn, stoppedSince(turn.store, call, record));
  if (stopped === undefined) return { kind: 'ready', callId: record.id, approvalId: approval.id };
  const same = { ...call, id: record.id };
  return refuse(turn, { ...granted, call: same, decision: refusal(same, decision, stopped) });
}

function denialOf(
  turn: Turn,
  call: Call,
  answer: Exclude<ReserveAnswer, { kind: 'reserved' | 'stale-policies' }>,
): Promise<Denial> {
  if (answer.kind === 'refused')
    return answer.fresh ? Promise.resolve(answer.denial) : repeated({ turn, call }, answer.denial);
  if (answer.kind === 'stale-window')
    return repeated({ turn, call }, deny('STORE_UNAVAILABLE', 'the clocks of engine and store differ'));
  const message = 'this call id belongs to a call with another tool, other arguments, another price or payee';
  return repeated({ turn, call }, { ...deny('IDEMPOTENCY_CONFLICT', message), callId: answer.callId });
}
