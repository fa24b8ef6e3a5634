import { type Engine, type ErrorCode, ToriiError } from '@torii/engine';
import type { Request, RequestHandler } from 'express';
import { bearerToken } from '../call-request.ts';
import { asError } from '../exchange.ts';
import { type Problem, problemOf } from '../problem.ts';
import { json, type Reply, send } from '../reply.ts';
import { requireEngine, requireFields } from '../settings.ts';
import { decideApproval, listApprovals, showApproval, type Visit } from './approvals.ts';
import { statusBody } from './status.ts';

/** Who asks. */
export interface RouterOptions {
  /** The token of the agent or approver. @default the token of `Authorization: Bearer` */
  readonly identify?: (request: Request) => string | undefined | Promise<string | undefined>;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly answer: (visit: Visit, id: string) => Promise<Reply>;
}

/** GET shows, only POST decides: a link scanner that follows or probes every link changes nothing. */
const routes: readonly Route[] = [
  { method: 'GET', path: /^\/health\/?$/, answer: health },
  { method: 'GET', path: /^\/authorization\/status\/?$/, answer: agentStatus },
  { method: 'GET', path: /^\/approvals\/?$/, answer: listApprovals },
  { method: 'GET', path: /^\/approvals\/([\w-]{1,128})\/?$/, answer: showApproval },
  { method: 'POST', path: /^\/approvals\/([\w-]{1,128})\/decision\/?$/, answer: decideApproval },
];

/**
 * Health, the agent's own status, and approvals: `app.use('/torii', toriiRouter(torii))`. Other paths and methods fall
 * through. Throws OPTIONS_INVALID at once for options that are wrong.
 */
export function toriiRouter(torii: Engine, options: RouterOptions = {}): RequestHandler {
  requireEngine(torii);
  const accepts = (value: unknown): boolean => typeof value === 'function';
  requireFields('options', { identify: { expected: 'a function', accepts } }, options);
  const { identify = bearerToken } = options;
  const visit = async (route: Route, request: Request, id: string): Promise<Reply> => {
    const credential = await identify(request);
    return route.answer({ torii, request, credential }, id).catch(outage);
  };
  return async (request, response, next) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(request.path) : null;
      if (match === null) continue;
      try {
        send(response, await visit(route, request, match[1] ?? ''));
      } catch (error) {
        next(asError(error));
      }
      return;
    }
    next();
  };
}

async function health({ torii }: Visit): Promise<Reply> {
  const { ok } = await torii.health();
  return json(ok ? 200 : 503, { ok });
}

async function agentStatus({ torii, credential }: Visit): Promise<Reply> {
  const answer = await torii.agents.status(credential);
  return answer.kind === 'denied' ? problemOf(answer) : json(200, statusBody(answer));
}

const OUTAGES: readonly ErrorCode[] = ['STORE_UNAVAILABLE'];

/** Reading rejects where deciding would deny: an outage looks the same to the client. */
function outage(error: unknown): Problem {
  if (!ToriiError.is(error) || !OUTAGES.includes(error.code)) throw error;
  const message = 'the store cannot answer; try again later';
  return problemOf({ kind: 'denied', code: 'STORE_UNAVAILABLE', message, reasons: [], retryAfterMs: 1_000 });
}
