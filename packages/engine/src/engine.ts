import { approve, repeatDenial, type Verdict } from './approve/approve.ts';
import { nextAttempt } from './attempts.ts';
import { within } from './nouns/deadline.ts';
import { CARVE_OUT_TOOL, refusal } from './delegated.ts';
import { execute } from './execute/execute.ts';
import { extend } from './extend.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import type { Decision } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { Allowed, CallOptions, GuardOptions, Permit, Ready, WaitOptions } from './nouns/engine.ts';
import type { Outcome, Waiting } from './nouns/outcome.ts';
import type { CallRecord, ReserveAnswer, StalePolicies } from './nouns/hold.ts';
import { known, promiseOf, soon, type Steps, take } from './nouns/steps.ts';
import type { Parts } from './parts.ts';
import { weigh } from './judge.ts';
import {
  actionHashOf,
  type Decided,
  type Granted,
  refusalOf,
  type Refused,
  reserve,
} from './reserve/reserve.ts';
import { permitOf, type Started } from './settle/permit.ts';
import { settle } from './settle/settle.ts';
import { extendAnyway, inMode, letPass, readyAnyway } from './shadow.ts';
import { stoppedSince } from './stopped.ts';
import {
  failClosed,
  identify,
  inTime,
  repeated,
  type Stage,
  type Turn,
  underActivePolicies,
  type Walk,
} from './turn.ts';
import { waitForPeople, waitProblem } from './waiting.ts';

/** What to run once the call may start. */
export interface Tool<T> {
  readonly run: (permit: Permit) => T | PromiseLike<T>;
  readonly options?: GuardOptions<T> | undefined;
}

/** The life of one call. Repeating it resumes it: every stage knows the call by its id. */
export function* guard<T>(parts: Parts, request: CallRequest, tool: Tool<T>): Steps<Outcome<T>> {
  const answer = yield* authorize(parts, request, tool.options);
  if (answer.kind !== 'allowed') return answer;

  // Whichever store answered: a tool begins once its caller has the promise of the outcome, and not before.
  yield* soon();
  const execution = yield* execute(() => tool.run(answer.permit), tool.options?.signal);
  return yield* settle(answer.permit, execution, tool.options);
}

/** The path up to the execution, and again once people decided or the time to wait for them is up. */
export function* authorize(
  parts: Parts,
  request: CallRequest,
  options: WaitOptions = {},
): Steps<Allowed | Waiting | Denial> {
  const problem = waitProblem(options);
  const own = inMode(parts, options.mode);
  // In shadow nobody is asked, so nobody is waited for.
  if (own.mode === 'shadow')
    return yield* known(letPass(own, request, problem ?? (yield* walk(own, request))));
  if (problem !== undefined) return problem;
  if ((options.waitMs ?? 0) === 0) return yield* walk(parts, request);
  // What the caller changes of it while people think must not change whose call is repeated.
  const asked = copyOf(request);
  const answer = yield* walk(parts, asked);
  if (answer.kind !== 'waiting') return answer;
  const waited = yield* known(waitForPeople(parts, answer, options));
  return waited.kind === 'over' ? yield* walk(parts, asked, answer.callId) : waited.waiting;
}

/** The path up to the execution: each stage is the folder of the same name, and only this file calls them. */
function walk(parts: Parts, request: CallRequest, callId?: string): Steps<Allowed | Waiting | Denial> {
  return failClosed(parts, (untilMs) => follow(enter(parts, request, untilMs), admit, callId));
}

/** From who calls what, to the decision and on. With `callId` an unnamed call is the one of this id. */
function* follow<T>(entering: Steps<Walk | Denial>, stage: Stage<T>, callId?: string): Steps<T | Denial> {
  const entered = yield* entering;
  if ('kind' in entered) return entered;
  const { turn, call } = entered;
  // A repeat of a call that nobody named would be another one once that is over.
  const isUnnamed = call.fingerprint !== undefined;
  const same = callId !== undefined && isUnnamed ? { turn, call: { ...call, id: callId } } : entered;
  return yield* underActivePolicies(same, stage);
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
export function* prepare(
  parts: Parts,
  request: CallRequest,
  { mode }: CallOptions = {},
): Steps<Ready | Waiting | Denial> {
  const own = inMode(parts, mode);
  const answer = yield* failClosed(own, (untilMs) => follow(enter(own, request, untilMs), foresee));
  return own.mode === 'shadow' ? readyAnyway(own, answer) : answer;
}

/** What policy says, without holding or recording anything. */
export function* preview(parts: Parts, request: CallRequest): Steps<Decision | Denial> {
  const principal = yield* known(parts.identity.agent(request.credential));
  if ('kind' in principal) return principal;
  const call = describeCall(request, principal, parts.random);
  if ('kind' in call) return call;
  const { clock, store, storeTimeoutMs } = parts;
  const own = { ...parts, store: store.of(principal.tenant) };
  const { decision } = yield* weigh(own, call, (ask) => known(within(clock, storeTimeoutMs, ask())));
  return decision;
}

/** From the decision to money that is set aside: the path of a call that others spend from. Answers its hold. */
export function setAside(parts: Parts, request: CallRequest, forMs: number): Steps<Reserved | Denial> {
  const carving: Stage<Reserved> = (turn, decided) => carve(turn, decided, forMs);
  return failClosed(parts, (untilMs) => follow(identify(parts, request, untilMs), carving));
}

/** Nobody but the engine calls the tool that sets money aside: a door that offers one of that name offers another. */
function* enter(parts: Parts, request: CallRequest, untilMs: number): Steps<Walk | Denial> {
  const walk = yield* identify(parts, request, untilMs);
  if ('kind' in walk || walk.call.tool !== CARVE_OUT_TOOL) return walk;
  const message = `expected another tool name: \`${CARVE_OUT_TOOL}\` is what setting money aside is called`;
  return yield* repeated(walk, { ...deny('TOOL_NAME_INVALID', message), callId: walk.call.id });
}

/** From the decision to the start. */
function* admit(turn: Turn, decided: Decided): Steps<Allowed | Waiting | Denial | StalePolicies> {
  const { call: asked, decision, set, shadow } = decided;
  if (decision.kind === 'deny') return yield* refuse(turn, { ...decided, decision });

  // Guardians review here. There are none yet, so none objects.

  const hold = yield* holdFor(turn, { call: asked, decision, set, shadow });
  if (hold.kind !== 'reserved') return hold;
  const runs = hold.fresh && hold.call.state === 'started';
  const started = runs ? hold : yield* ask(turn, decided, hold.call);
  if (started.kind !== 'started' && started.kind !== 'reserved') return started;

  // The entry of the hold is written: nothing runs that the journal has not seen.
  const { call: record, budgets } = started;
  const { id } = record;
  const call = asked.id === id ? asked : { ...asked, id };
  return { kind: 'allowed', permit: permit(turn, { call, record, budgets, rates: hold.rates }) };
}

/** Leave to execute. What it asks of the store later is no part of this walk: each has its own time. */
function permit(turn: Turn, { call, record, budgets, rates }: Omit<Started, 'extend'>): Permit {
  const grow: Started['extend'] = async (asked) => {
    const answer = await promiseOf(extend(turn, { call, record }, asked));
    return turn.mode === 'shadow' ? extendAnyway(turn, call, { asked, answer }) : answer;
  };
  return permitOf(turn, { call, record, budgets, rates, extend: grow });
}

/** From the decision to the question that a person may have to answer. */
function* foresee(turn: Turn, decided: Decided): Steps<Ready | Waiting | Denial | StalePolicies> {
  const { call, decision } = decided;
  if (decision.kind === 'deny') return yield* refuse(turn, { ...decided, decision });
  if (decision.kind === 'allow') return { kind: 'ready', callId: call.id, approvalId: undefined };

  const granted = { ...decided, decision };
  const hold = yield* holdFor(turn, granted);
  return hold.kind === 'reserved' ? yield* stand(turn, granted, hold.call) : hold;
}

/** From the decision to the account that is funded. Nobody can wait for a person here: there is no call to repeat. */
function* carve(turn: Turn, decided: Decided, forMs: number): Steps<Reserved | Denial | StalePolicies> {
  const { call, decision } = decided;
  if (decision.kind === 'deny') return yield* refuse(turn, { ...decided, decision });
  if (decision.kind === 'approve') {
    const { reason = '' } = decision.approvals[0] ?? {};
    const message = `a person would have to approve this (${reason}), and money cannot be set aside while they think`;
    return yield* refuse(turn, {
      ...decided,
      decision: refusal(call, decision, deny('TOOL_NOT_ALLOWED', message)),
    });
  }
  const currency = call.price.asset.slice(0, 3);
  const units = turn.assets.count(call.price.units, call.price.asset, currency);
  if (units === undefined || units === 0n) {
    const message = 'expected an amount in a currency, and more than nothing, such as `5.00 USD`';
    return yield* refuse(turn, {
      ...decided,
      decision: refusal(call, decision, deny('PRICE_UNKNOWN', message)),
    });
  }
  const granted = { ...decided, decision, setAside: { currency, units, forMs } };
  // An answer that is lost leaves what it set aside where it is: the same key finds it, and its time ends it.
  const answer = yield* inTime(turn, () => take(reserve(turn, granted)));
  if (answer.kind === 'stale-policies') return answer;
  if (answer.kind !== 'reserved') return yield* denialOf(turn, call, answer);
  if (answer.call.carved !== undefined && answer.call.state === 'carved') return answer;
  return yield* repeated({ turn, call }, repeatDenial(answer.call));
}

/** Writes the denial down, for the attempt that is denied; a call of its id that has not started ends with it. */
function* refuse(turn: Turn, decided: Refused): Steps<Denial | StalePolicies> {
  const { call } = decided;
  const answer = yield* inTime(turn, () => turn.store.refuse(refusalOf(decided, turn.attempt)));
  if (answer.kind === 'stale-policies') return answer;
  turn.wake(turn.store);
  if (answer.kind !== 'reserved') return yield* denialOf(turn, call, answer);
  const next = nextAttempt(turn, decided, answer.call);
  if (next !== undefined) {
    const found = yield* next;
    return 'call' in found ? yield* refuse(turn, found) : found;
  }
  return yield* repeated({ turn, call }, repeatDenial(answer.call));
}

/** What a reservation made, or found. */
export type Reserved = Extract<ReserveAnswer, { kind: 'reserved' }>;

/** Holds what the call may cost, or finds its hold; where an attempt of it failed, that of the next one. */
function* holdFor(turn: Turn, granted: Granted): Steps<Reserved | Denial | StalePolicies> {
  const late = (answer: ReserveAnswer): void => {
    if (answer.kind !== 'reserved' || !answer.fresh) return;
    // A waiting call keeps its hold: repeating it finds it, and people are told.
    if (answer.call.state === 'started') takeBack(turn, answer.call.id);
    else turn.wake(turn.store);
  };
  // The hold may be there although its answer is not. One that was joined has another id, and is not ours to take back.
  const lost = (): void => takeBack(turn, granted.call.id);
  const answer = yield* inTime(turn, () => take(reserve(turn, granted)), { late, lost });
  if (answer.kind === 'stale-policies') return answer;
  if (answer.kind !== 'reserved') return yield* denialOf(turn, granted.call, answer);
  const next = nextAttempt(turn, granted, answer.call);
  if (next !== undefined) {
    const found = yield* next;
    return 'call' in found ? yield* holdFor(turn, found) : found;
  }
  if (answer.call.state === 'waiting') turn.wake(turn.store);
  return answer;
}

/** Asks the approval of a waiting call, or says what became of one that somebody else started. */
function* ask(turn: Turn, { call, decision, set }: Decided, record: CallRecord): Steps<Verdict> {
  const lost = (): void => takeBack(turn, record.id);
  const late = (verdict: Verdict): void => {
    if (verdict.kind === 'started') lost();
  };
  const { attempt } = turn;
  const actionHash = actionHashOf(call, decision.policies);
  const request = { callId: record.id, actionHash, policies: set.hash, attempt };
  const verdict = yield* inTime(turn, () => take(approve(turn, request)), { late, lost });
  if (verdict.kind !== 'denied') return verdict;
  turn.wake(turn.store);
  return yield* repeated({ turn, call }, verdict);
}

/** A start that its caller was told had failed: nothing runs, its money returns, its id is free again. */
function takeBack({ withdrawals, store, attempt }: Turn, id: string): void {
  withdrawals.add(store, { id, attempt });
}

/** How a call that waits stands. One that was approved and is revoked by now ends here, as it would when it starts. */
function* stand(
  turn: Turn,
  granted: Granted,
  record: CallRecord,
): Steps<Ready | Waiting | Denial | StalePolicies> {
  const { call, decision } = granted;
  if (record.state !== 'waiting' || record.approvalId === undefined)
    return yield* repeated({ turn, call }, repeatDenial(record));
  const { approvalId } = record;
  const approval = yield* inTime(turn, () => turn.store.approval(approvalId));
  if (approval?.status === 'pending') return { kind: 'waiting', callId: record.id, approval };
  if (approval?.status !== 'approved') {
    const now = yield* inTime(turn, () => turn.store.call(record.id));
    return yield* repeated({ turn, call }, repeatDenial(now ?? record));
  }
  const stopped = yield* inTime(turn, () => stoppedSince(turn.store, call, record));
  if (stopped === undefined) return { kind: 'ready', callId: record.id, approvalId: approval.id };
  const same = { ...call, id: record.id };
  return yield* refuse(turn, { ...granted, call: same, decision: refusal(same, decision, stopped) });
}

function* denialOf(
  turn: Turn,
  call: Call,
  answer: Exclude<ReserveAnswer, { kind: 'reserved' | 'stale-policies' }>,
): Steps<Denial> {
  if (answer.kind === 'refused')
    return answer.fresh ? answer.denial : yield* repeated({ turn, call }, answer.denial);
  if (answer.kind === 'stale-window')
    return yield* repeated(
      { turn, call },
      deny('STORE_UNAVAILABLE', 'the clocks of engine and store differ'),
    );
  const message = 'this call id belongs to a call with another tool, other arguments, another price or payee';
  return yield* repeated({ turn, call }, { ...deny('IDEMPOTENCY_CONFLICT', message), callId: answer.callId });
}
