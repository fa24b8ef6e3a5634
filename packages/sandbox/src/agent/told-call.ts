import { setImmediate } from 'node:timers/promises';
import { type CallState, type Engine, formatCurrency } from '@torii/engine';
import { dollars } from '../dollars.ts';
import type { Actor } from '../stage/people.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { CallEvent, CallVerdict } from '../timeline/event.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { callTool, type HttpAnswer, type ToolCall } from './call-tool.ts';
import { budgetOf, standingOf } from './standing.ts';

/** What a told call needs: who is asked and where it is told. */
export interface Telling {
  readonly torii: Engine;
  readonly url: string;
  readonly timeline: Timeline;
}

const LATEST_MS = 10_000;

/** How a call ended, as the engine keeps it. */
export interface Ending {
  /** What it cost, or holds while it waits. */
  readonly costUsd: string;

  /** What it held. */
  readonly heldUsd: string;

  /** What came back of the hold; undefined where all of it was spent or is still held. */
  readonly returnedUsd: string | undefined;
}

/** Calls a tool over HTTP and tells the timeline what came of it: the cost in the end, and what is left. */
export async function tellCall(telling: Telling, actor: Actor, call: ToolCall): Promise<HttpAnswer> {
  const { torii, url, timeline } = telling;
  const caller = { url, token: actor.token };
  const answer = await callTool(caller, call);
  const ending = await endingOf(torii, answer);
  const leftUsd = budgetOf(await standingOf(caller), 'session').left;
  timeline.call({ ...lineOf(actor, call, { answer, ending }), leftUsd });
  return answer;
}

/** The line of the timeline that an answer makes, without what is left. */
export function lineOf(
  { agent }: Actor,
  { tool }: ToolCall,
  { answer, ending }: { readonly answer: HttpAnswer; readonly ending: Ending | undefined },
): Omit<CallEvent, 'kind' | 'atMs'> {
  const { status, body, callId } = answer;
  const verdict = verdictOf(answer);
  const line = { agent, tool, verdict, status, callId, costUsd: ending?.costUsd };
  const back =
    ending?.returnedUsd === undefined ? '' : `; ${ending.returnedUsd} of ${ending.heldUsd} held returned`;
  if (verdict === 'allowed') return { ...line, note: briefOf(tool, answer) + back };
  const code = typeof body['code'] === 'string' ? body['code'] : undefined;
  const retry = body['retryAfterSeconds'];
  const retryAfterSeconds = typeof retry === 'number' ? retry : undefined;
  return { ...line, code, retryAfterSeconds, note: String(body['detail']) + back };
}

/** What an answer means. Our problems carry a code; a failure of the tool itself has none. */
export function verdictOf({ status, body }: HttpAnswer): CallVerdict {
  if (status < 400) return 'allowed';
  if (body['code'] === 'APPROVAL_REQUIRED') return 'waiting';
  return typeof body['code'] === 'string' ? 'denied' : 'failed';
}

/** Waits until the call has ended, which is shortly after its answer. Undefined for a denied call: it held nothing. */
export async function endingOf(torii: Engine, answer: HttpAnswer): Promise<Ending | undefined> {
  if (verdictOf(answer) === 'denied' || answer.callId === undefined) return undefined;
  const { price, charged, state } = await ended(torii, answer.callId);
  if (state === 'waiting')
    return { costUsd: inDollars(price.units), heldUsd: inDollars(price.units), returnedUsd: undefined };
  const cost = charged?.units ?? 0n;
  const returnedUsd = cost < price.units ? inDollars(price.units - cost) : undefined;
  return { costUsd: inDollars(cost), heldUsd: inDollars(price.units), returnedUsd };
}

function inDollars(units: bigint): string {
  return dollars(formatCurrency(units, 'USD'));
}

const UNDER_WAY: ReadonlySet<CallState> = new Set(['held', 'started']);

async function ended(torii: Engine, callId: string) {
  const latest = performance.now() + LATEST_MS;
  while (performance.now() < latest) {
    const record = await torii.calls.get(callId);
    if (record !== undefined && !UNDER_WAY.has(record.state)) return record;
    await setImmediate();
  }
  throw new Error(`the call \`${callId}\` did not end`);
}

function briefOf(tool: string, { body, rateLeft }: HttpAnswer): string {
  const brief = catalogue.find(({ name }) => name === tool)?.brief(body) ?? '';
  return rateLeft === undefined ? brief : `${brief}; ${rateLeft} more this minute`;
}
