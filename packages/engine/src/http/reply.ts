import type { ServerResponse } from 'node:http';

/** What goes back to the client instead of, or without, a handler. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** An object is sent as JSON, text as it is. */
  readonly body: object | string;
}

/** A reply of plain JSON. */
export function json(status: number, body: object): Reply {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body };
}

/** All headers of a reply. No cache may keep it. */
export function headersOf({ headers }: Reply): Readonly<Record<string, string>> {
  return { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers };
}

/** Writes a reply and ends the response. */
export function send(response: ServerResponse, reply: Reply): void {
  const { status, body } = reply;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headersOf(reply))) response.setHeader(name, value);
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
