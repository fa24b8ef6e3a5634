import express from 'express';
import { guard } from '../guard.ts';
import { bearer, bodyOf, type World } from '../world.test-support.ts';
import { type RouterOptions, toriiRouter } from './router.ts';

/** A question to people, and what its requests need. */
export interface Asked {
  readonly url: string;
  readonly id: string;
  readonly actionHash: string;

  /** One request to the router; `body` is sent as JSON. */
  readonly ask: (method: string, path: string, more?: AskOptions) => Promise<Response>;
}

export interface AskOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves the router and one tool that people have to approve, and asks for it as `bot` of `olga@example.com`. */
export async function asked(at: World, options: RouterOptions = {}): Promise<Asked> {
  const app = express();
  app.use('/torii', toriiRouter(at.torii, options));
  const publish = guard((_request, response) => void response.json({}), {
    torii: at.torii,
    tool: 'publish',
    price: '0.90 USD',
    arguments: () => ({ text: '<script>alert(1)</script> \u202e' }),
  });
  app.post('/publish', publish);
  const url = await at.serve(app);
  await fetch(`${url}/publish`, { method: 'POST', headers: bearer(await at.agentToken()) });
  const ask: Asked['ask'] = (method, path, { token, body, headers = {} } = {}) =>
    fetch(`${url}/torii${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : bearer(token)),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const list = await bodyOf(await ask('GET', '/approvals', { token: await at.approverToken() }));
  const [approval] = list['approvals'] as readonly { id: string; actionHash: string }[];
  if (approval === undefined) throw new Error('no approval waits');
  return { url, ask, id: approval.id, actionHash: approval.actionHash };
}
