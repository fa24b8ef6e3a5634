import { type Engine, type ErrorCode, ToriiError } from '@torii/engine';
import { functionField } from '@torii/engine/doors';
import type { Request, RequestHandler } from 'express';
import {
  bearerToken,
  json,
  type Problem,
  problemOf,
  type Reply,
  requireEngine,
  checkOptions,
  send,
} from '@torii/engine/http';
import { asError } from '../exchange.ts';
import { cancelApproval, decideApproval, listApprovals, showApproval } from './approvals.ts';
import { decideByLink, showByLink } from './link.ts';
import { credentialOf, forgeryProblem, type SessionOf } from './session.ts';
import { statusBody } from './status.ts';
import type { Visit } from './visit.ts';
import { listDeliveries, replayDeliveries, showDelivery } from './webhook-deliveries.ts';
import {
  disableEndpoint,
  enableEndpoint,
  listEndpoints,
  pingEndpoint,
  removeEndpoint,
  rotateEndpoint,
  saveEndpoint,
} from './webhook-endpoints.ts';

/** Who asks. */
export interface RouterOptions {
  /**
   * The token of the agent or person. Never one out of a cookie: that is a `session`, which other sites can make a browser
   * send. @default the token of `Authorization: Bearer`
   */
  readonly identify?: (request: Request) => string | undefined | Promise<string | undefined>;

  /**
   * Who is signed in at the host, for requests without a token. Torii believes it without proof. Such a request changes
   * something only as `application/json` and from a page of this host or of `origins`. @default nobody
   */
  readonly session?: SessionOf;

  /** Origins besides the host's own whose pages may change something by `session`: `https://app.example`. @default [] */
  readonly origins?: readonly string[];
}

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  readonly answer: (visit: Visit, id: string) => Promise<Reply>;

  /** The link in the address says who asks: nobody else is looked for. */
  readonly byLink?: true;
}

/** GET shows, only POST and DELETE change: a link scanner that follows or probes every link changes nothing. */
const routes: readonly Route[] = [
  { method: 'GET', path: /^\/health\/?$/, answer: health },
  { method: 'GET', path: /^\/authorization\/status\/?$/, answer: agentStatus },
  { method: 'GET', path: /^\/approvals\/?$/, answer: listApprovals },
  { method: 'GET', path: /^\/approvals\/link\/?$/, answer: showByLink, byLink: true },
  { method: 'POST', path: /^\/approvals\/link\/?$/, answer: decideByLink, byLink: true },
  { method: 'GET', path: /^\/approvals\/([\w-]{1,128})\/?$/, answer: showApproval },
  { method: 'POST', path: /^\/approvals\/([\w-]{1,128})\/decision\/?$/, answer: decideApproval },
  { method: 'POST', path: /^\/approvals\/([\w-]{1,128})\/cancel\/?$/, answer: cancelApproval },
  { method: 'GET', path: /^\/webhooks\/endpoints\/?$/, answer: listEndpoints },
  { method: 'POST', path: /^\/webhooks\/endpoints\/?$/, answer: saveEndpoint },
  { method: 'POST', path: /^\/webhooks\/endpoints\/([\w.-]{1,64})\/rotate\/?$/, answer: rotateEndpoint },
  { method: 'POST', path: /^\/webhooks\/endpoints\/([\w.-]{1,64})\/enable\/?$/, answer: enableEndpoint },
  { method: 'POST', path: /^\/webhooks\/endpoints\/([\w.-]{1,64})\/disable\/?$/, answer: disableEndpoint },
  { method: 'POST', path: /^\/webhooks\/endpoints\/([\w.-]{1,64})\/ping\/?$/, answer: pingEndpoint },
  { method: 'DELETE', path: /^\/webhooks\/endpoints\/([\w.-]{1,64})\/?$/, answer: removeEndpoint },
  { method: 'GET', path: /^\/webhooks\/deliveries\/?$/, answer: listDeliveries },
  { method: 'GET', path: /^\/webhooks\/deliveries\/([\w.-]{1,128})\/?$/, answer: showDelivery },
  { method: 'POST', path: /^\/webhooks\/replay\/?$/, answer: replayDeliveries },
];

/**
 * Health, the agent's own status, approvals, the page of signed links, and webhooks: `app.use('/torii',
 * toriiRouter(torii))`. Other paths and methods fall through. Throws OPTIONS_INVALID at once for options that are wrong.
 */
export function toriiRouter(torii: Engine, options: RouterOptions = {}): RequestHandler {
  requireEngine(torii);
  checkOptions(options, fields);
  const { identify = bearerToken, session, origins = [] } = options;
  const own = new Set(origins);
  const visit = async (route: Route, request: Request, id: string): Promise<Reply> => {
    if (route.byLink) return route.answer({ torii, request, credential: undefined }, id);
    const { credential, isAmbient } = await credentialOf(request, await identify(request), session);
    const forgery = isAmbient && route.method !== 'GET' ? forgeryProblem(request, own) : undefined;
    return forgery ?? route.answer({ torii, request, credential }, id).catch(outage);
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

const fields = {
  identify: functionField,
  session: functionField,
  origins: {
    expected: 'a list of origins such as `https://app.example`, without a path',
    accepts: (value: unknown) => Array.isArray(value) && value.every(isOrigin),
  },
};

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
}

async function health({ torii }: Visit): Promise<Reply> {
  const { ok } = await torii.health();
  return json(ok ? 200 : 503, { ok });
}

async function agentStatus({ torii, credential }: Visit): Promise<Reply> {
  const token = typeof credential === 'string' ? credential : undefined;
  const answer = await torii.agents.status(token);
  return answer.kind === 'denied' ? problemOf(answer) : json(200, statusBody(answer));
}

const OUTAGES: readonly ErrorCode[] = ['STORE_UNAVAILABLE'];

/** Reading rejects where deciding would deny: an outage looks the same to the client. */
function outage(error: unknown): Problem {
  if (!ToriiError.is(error) || !OUTAGES.includes(error.code)) throw error;
  const message = 'the store cannot answer; try again later';
  return problemOf({ kind: 'denied', code: 'STORE_UNAVAILABLE', message, reasons: [], retryAfterMs: 1_000 });
}
