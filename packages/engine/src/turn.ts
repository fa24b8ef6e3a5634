import { before } from './nouns/deadline.ts';
import { judged, weigh } from './judge.ts';
import { type Call, type CallRequest, describeCall } from './nouns/call.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { StalePolicies } from './nouns/hold.ts';
import type { Principal } from './nouns/principal.ts';
import { isPromise, known, type MaybePromise, soon, type Steps, take } from './nouns/steps.ts';
import { isToolName } from './nouns/tool-name.ts';
import type { Parts } from './parts.ts';
import { recordDenial } from './record/record.ts';
import type { Decided } from './reserve/reserve.ts';

/** One walk of the path by one caller. Its `store` is that of the caller's tenant. */
export interface Turn extends Parts {
  /** By when the store must have answered all of it. */
  readonly untilMs: number;

  /** Names what this walk asks the store for: an answer that was lost is asked about, and taken back, by it. */
  readonly attempt: string;
}

/** A call on its way. */
export interface Walk {
  readonly turn: Turn;
  readonly call: Call;
}

/** What else somebody waits for. */
export interface Watch<T> {
  /** Told of an answer that came too late, so that nothing is left behind that nobody knows of. */
  readonly late?: (answer: T) => void;

  /** Told that there is no answer, now or later: what was asked may have been done. */
  readonly lost?: () => void;
}

/** Who calls, and what they call. Unproven callers are counted, and a request that is no call is written down. */
export function* identify(parts: Parts, request: CallRequest, untilMs: number): Steps<Walk | Denial> {
  const principal = yield* known(parts.identity.agent(request.credential));
  if ('kind' in principal) {
    parts.refusals.count(principal.code);
    return principal;
  }
  const call = describeCall(request, principal, parts.random);
  const turn = turnOf(parts, principal, untilMs);
  return 'kind' in call ? yield* noted(turn, principal, named(call, request)) : { turn, call };
}

/** A walk for this caller, until then. Written out field by field: copying all that options hold costs more. */
export function turnOf(parts: Parts, { tenant }: Principal, untilMs: number): Turn {
  const { identity, links, live, mode, assets, carveOuts, refusals, clock, random } = parts;
  const { holdTtlMs, storeTimeoutMs, underWay, withdrawals, watchers, closing, onError, wake } = parts;
  return {
    identity,
    links,
    live,
    mode,
    assets,
    carveOuts,
    refusals,
    clock,
    random,
    holdTtlMs,
    storeTimeoutMs,
    underWay,
    withdrawals,
    watchers,
    closing,
    onError,
    wake,
    store: parts.store.of(tenant),
    untilMs,
    attempt: random.id('attempt'),
  };
}

/** A request that is no call is still known by its tool, where that has a name. */
function named(denial: Denial, { tool }: CallRequest): Denial & { readonly tool?: string } {
  return isToolName(tool) ? { ...denial, tool } : denial;
}

/**
 * What follows a decision, which other policies may have overtaken by then. A function that makes its own generator
 * function for each call would be slow, and keep much of the memory of calls that are over for long.
 */
export type Stage<T> = (turn: Turn, decided: Decided) => Steps<T | Denial | StalePolicies>;

/** Other policies may become active between a decision and its hold: it is decided anew, this many times. */
const STALE_TRIES = 3;

/** Decides and goes on, and does both again when the store says that another set of policies is active. */
export function* underActivePolicies<T>({ turn, call }: Walk, stage: Stage<T>): Steps<T | Denial> {
  for (let tries = 0; tries <= STALE_TRIES; tries++) {
    const decided = yield* weigh(turn, call, (ask) => inTime(turn, ask));
    const answer = yield* stage(turn, judged(turn, decided));
    if (!isStale(answer)) return answer;
    yield* inTime(turn, () => turn.live.catchUp(answer.active));
  }
  const message = 'other policies are active than this engine has; nothing was started';
  return yield* repeated({ turn, call }, deny('POLICY_STALE', message, { retryAfterMs: 1_000 }));
}

function isStale(answer: unknown): answer is StalePolicies {
  return (answer as Partial<StalePolicies>).kind === 'stale-policies';
}

/** Whom a denial concerns, and what it says. */
type Denied = readonly [principal: Principal, denial: Parameters<typeof recordDenial>[2]];

/** Every outcome is recorded, also that a repeat was told what its first call was told. */
export function repeated({ turn, call }: Walk, denial: Denial): Steps<Denial> {
  return noted(turn, call.principal, { ...denial, tool: call.tool });
}

/** Writes a denial down, and answers it. */
export function noted(turn: Turn, ...denied: Denied): Steps<Denial> {
  return inTime(turn, () => take(recordDenial(turn.store, ...denied)));
}

/** Asks the store, and waits for it in time. */
export function* inTime<T>(turn: Turn, ask: () => MaybePromise<T>, watch: Watch<T> = {}): Steps<T> {
  let work: MaybePromise<T>;
  try {
    work = ask();
  } catch (error) {
    watch.lost?.();
    throw error;
  }
  // Some that are like promises do their work each time they are asked for the answer.
  return isPromise(work) ? yield* known(waited(turn, Promise.resolve(work), watch)) : work;
}

/** Until the store has answered, closing waits too: what comes late is still taken back. */
function waited<T>(
  { clock, untilMs, underWay }: Turn,
  work: Promise<T>,
  { late, lost }: Watch<T>,
): Promise<T> {
  const answered = underWay.begin();
  const answer = before(clock, untilMs, { work, late });
  work.then(answered, () => {
    lost?.();
    answered();
  });
  return answer;
}

/** Whatever goes wrong before the execution is a denial. `path` is told by when it must have answered. */
export function* failClosed<T>(
  parts: Parts,
  path: (untilMs: number) => Steps<T | Denial>,
): Steps<T | Denial> {
  if (parts.closing()) return unavailable('the engine is closing, so nothing was started');
  const walked = parts.underWay.begin();
  try {
    return yield* path(parts.clock.now() + parts.storeTimeoutMs);
  } catch (error) {
    // Whoever is told may ask again at once, and a store that throws at once would answer on the same stack for ever.
    yield* soon();
    parts.onError(error instanceof Error ? error : new Error('the path failed'));
    return unavailable('the store cannot answer, so nothing was started');
  } finally {
    walked();
  }
}

/** Nobody judged what was asked. */
export function unavailable(message: string): Denial {
  return deny('STORE_UNAVAILABLE', message, { retryAfterMs: 1_000 });
}
