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

/** Writes a reply and ends the response. No cache may keep it. */
export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
