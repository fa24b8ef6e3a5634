import { z } from 'zod';
import { CALL_ID_HEADER, LEFT_HEADER } from '../stage/tool-server.ts';

/** A call of a tool over HTTP. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: unknown;

  /** The caller's own key: the same key is the same call. */
  readonly idempotencyKey?: string | undefined;
}

/** Where the tools are, and the token of who calls. */
export interface Caller {
  readonly url: string;
  readonly token: string;
}

/** The answer of a tool, or Torii's problem instead of it. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly callId: string | undefined;

  /** What the call costs at most, as the answer says. */
  readonly costUsd: string | undefined;

  /** What was left of the session's budget while the call ran. */
  readonly leftUsd: string | undefined;

  /** Calls left in the tightest rate, where one applies. */
  readonly rateLeft: number | undefined;
}

const bodySchema = z.record(z.string(), z.unknown());

/** Calls a tool with the caller's own token. Answers also denials; rejects only when nobody answers at all. */
export async function callTool({ url, token }: Caller, call: ToolCall): Promise<HttpAnswer> {
  const key = call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey };
  const response = await fetch(`${url}/tools/${call.tool}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...key },
    body: JSON.stringify(call.arguments),
  });
  const body = bodySchema.parse(await response.json());
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  return {
    status: response.status,
    body,
    callId: header(CALL_ID_HEADER) ?? textOf(body['callId']),
    costUsd: header('x-cost-usd'),
    leftUsd: header(LEFT_HEADER),
    rateLeft: numberOf(/;r=([0-9]+)/.exec(header('ratelimit') ?? '')?.[1]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
