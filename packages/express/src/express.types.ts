import type { Engine } from '@torii/engine';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { WebhookPayload } from '@torii/engine/webhooks';
import {
  guard,
  slackApprovals,
  toriiMiddleware,
  toriiOf,
  type ToriiOptions,
  toriiRouter,
  webhookOf,
  webhookReceiver,
} from './index.ts';

type Same<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;

/** Compiles only if `Holds` is true. */
function expectType<Holds extends true>(): Holds | undefined {
  return undefined;
}

declare const torii: Engine;
const app = express();
const cities: ReadonlyMap<string, string> = new Map([['oslo', 'weather/oslo']]);

app.get(
  '/weather/:city',
  guard<{ city: string }>(
    (request, response) => {
      expectType<Same<typeof request.params.city, string>>();
      response.json({ city: request.params.city });
    },
    {
      torii,
      tool: (request) => cities.get(request.params.city),
      price: '0.01 USD',
      charged: (_request, response) => (response.statusCode === 203 ? '0 USD' : undefined),
    },
  ),
);

interface Order {
  readonly dish: string;
}
interface Receipt {
  readonly number: number;
}
interface Session {
  user: string;
}
type Place = RequestHandler<{ table: string }, Receipt, Order, { tip?: string }, Session>;

const place: Place = (request, response) => {
  expectType<Same<typeof request.body, Order>>();
  response.json({ number: 1 });
};

const guarded = guard(place, {
  torii,
  tool: 'order',
  price: (request) => {
    expectType<Same<typeof request.params.table, string>>();
    expectType<Same<typeof request.body.dish, string>>();
    expectType<Same<typeof request.query.tip, string | undefined>>();
    return '9.00 USD';
  },
  payee: (request) => {
    expectType<Same<typeof request.body.dish, string>>();
    return { recipient: request.params.table };
  },
  effect: async (request) => (request.method === 'GET' ? 'read' : 'mutating'),
  succeeded: (_request, response) => {
    expectType<Same<typeof response.locals.user, string>>();
    return true;
  },
  onDenied: (answer, { response }) => {
    expectType<Same<typeof answer.kind, 'denied' | 'waiting'>>();
    response.locals.user = '';
  },
});
expectType<Same<typeof guarded, Place>>();
app.post('/tables/:table', guarded);

// @ts-expect-error -- the price is no optional matter
toriiMiddleware(torii, { tool: 'order' });
// @ts-expect-error -- an amount is never a number
toriiMiddleware(torii, { tool: 'order', price: 0.1 });
// @ts-expect-error -- no field of a payee
toriiMiddleware(torii, { tool: 'order', price: '1 USD', payee: { recipent: 'kitchen.example' } });
// @ts-expect-error -- no effect
toriiMiddleware(torii, { tool: 'order', price: '1 USD', effect: 'write' });
toriiMiddleware(torii, { tool: 'order', price: '1 USD', mode: 'shadow' });
// @ts-expect-error -- no mode
toriiMiddleware(torii, { tool: 'order', price: '1 USD', mode: 'off' });
// @ts-expect-error -- a guarded handler needs its engine
guard(place, { tool: 'order', price: '1 USD' });

const options: ToriiOptions = {
  tool: 'order',
  price: '1 USD',
  skip: (request) => request.method === 'OPTIONS',
};
app.use('/torii', toriiRouter(torii)).use(toriiMiddleware(torii, options));
app.use(
  toriiRouter(torii, {
    session: async ({ headers }) =>
      headers.cookie === undefined ? undefined : { id: 'ada', roles: ['admin'] },
    origins: ['https://app.example'],
  }),
);
// @ts-expect-error -- no role
toriiRouter(torii, { session: () => ({ id: 'ada', roles: ['root'] }) });
// @ts-expect-error -- a session names somebody
toriiRouter(torii, { session: () => ({ roles: ['admin'] }) });
toriiMiddleware(torii, { tool: 'order', price: '1 USD', waitMs: 60_000 });
// @ts-expect-error -- milliseconds are a number
toriiMiddleware(torii, { tool: 'order', price: '1 USD', waitMs: '1m' });
app.post('/hooks', webhookReceiver({ secrets: ['whsec_'] }), (request, response) => {
  expectType<Same<ReturnType<typeof webhookOf>, WebhookPayload | undefined>>();
  response.json(webhookOf(request)?.type);
});
app.post('/slack', slackApprovals(torii, { signingSecret: '', people: async ({ id }) => id }));
// @ts-expect-error -- nobody would be known
slackApprovals(torii, { signingSecret: '' });
app.get('/plain', (request: Request, response: Response) => {
  toriiOf(request)?.charge('0.10 USD');
  response.json(toriiOf(request)?.callId);
});
