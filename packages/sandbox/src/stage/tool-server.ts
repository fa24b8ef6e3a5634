import { type Engine, formatCurrency } from '@torii/engine';
import { guard, toriiOf, toriiRouter } from '@torii/express';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { ZodError } from 'zod';
import { dollars } from '../dollars.ts';
import { failed, type PaidTool, type ToolAnswer, type Workshop } from '../tools/paid-tool.ts';

/** How often each tool really ran. */
export type RunCounts = ReadonlyMap<string, number>;

/** The header in which our handlers name the call, so that a client can ask what it cost in the end. */
export const CALL_ID_HEADER = 'x-call-id';

/** What was left of the session's budget when the call had its hold, in USD. */
export const LEFT_HEADER = 'x-session-left-usd';

/** An Express application with every tool behind Torii, and Torii's own routes. `runs` is counted up as tools run. */
export function toolServer(
  torii: Engine,
  tools: readonly PaidTool[],
  { workshop, runs }: { workshop: Workshop; runs: Map<string, number> },
): Express {
  const application = express().disable('x-powered-by');
  application.use('/torii', toriiRouter(torii));
  application.use(express.json({ limit: '200kb' }));
  for (const tool of tools) {
    const { name, price } = tool;
    const handler: RequestHandler = async (request, response) => {
      runs.set(name, (runs.get(name) ?? 0) + 1);
      answer(response, request, await runTool(tool, request.body, workshop));
    };
    application.post(
      `/tools/${name}`,
      guard(handler, { torii, tool: name, price, arguments: (request) => request.body as unknown }),
    );
  }
  return application;
}

function answer(response: Response, request: Request, { status, body, charged }: ToolAnswer): void {
  const call = toriiOf(request);
  if (call !== undefined) {
    response.setHeader(CALL_ID_HEADER, call.callId);
    const session = call.budgets.find(({ scope }) => scope === 'session');
    if (session !== undefined)
      response.setHeader(LEFT_HEADER, dollars(formatCurrency(session.left, session.currency)));
    if (charged !== undefined) call.charge(charged);
  }
  response
    .status(status)
    .type(status < 400 ? 'application/json' : 'application/problem+json')
    .send(JSON.stringify(body));
}

async function runTool(tool: PaidTool, input: unknown, workshop: Workshop): Promise<ToolAnswer> {
  try {
    return await tool.run(input, workshop);
  } catch (error) {
    if (error instanceof ZodError) return failed(400, 'the input is not what the tool takes');
    throw error;
  }
}
