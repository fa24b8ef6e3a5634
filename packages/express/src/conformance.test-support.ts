import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Engine } from '@torii/engine';
import type {
  CallUnderTest,
  DoorUnderTest,
  GuardSetting,
  NativeAnswer,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolInput,
  ToolUnderTest,
} from '@torii/engine/testing';
import type { Express, Request, RequestHandler, Response } from 'express';
import { guard, type GuardOptions } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import { problemOf } from './problem.ts';
import { versions } from './world.test-support.ts';

const require = createRequire(import.meta.url);

type Make = (typeof versions)[number]['express'];
type Guard = (handler: RequestHandler, options: GuardOptions) => RequestHandler;

const byMiddleware: Guard = (handler, { torii, ...options }) => {
  const middleware = toriiMiddleware(torii, options);
  return (request, response, next) =>
    void middleware(request, response, (error?: unknown) =>
      error === undefined ? void handler(request, response, next) : next(error),
    );
};

/** Both versions, and both ways to guard a route. */
export const doors: readonly DoorUnderTest[] = versions.flatMap(({ version, express }) => [
  doorOf(`Express ${version}`, { version, express, guardHandler: guard }),
]);

interface Kind {
  readonly version: number;
  readonly express: Make;
  readonly guardHandler: Guard;
}

function doorOf(name: string, { version, express, guardHandler }: Kind): DoorUnderTest {
  const { version: installed } = require(`${version === 5 ? 'express' : `express${version}`}/package.json`) as {
    version: string;
  };
  return {
    name,
    door: '@torii/express',
    framework: 'express',
    version: `express ${installed}`,
    open: async ({ torii, tools }) => {
      const app = express();
      // A page that shows the stack would differ by the frames of the guard.
      app.set('env', 'production');
      app.use(express.json());
      const watch = departures(app);
      for (const tool of tools) app.post(`/${tool.name}`, handlerOf(tool, torii, guardHandler));
      return served(app, watch);
    },
  };
}

function handlerOf({ name, guards, execute, stream }: ToolUnderTest, torii: Engine, guardHandler: Guard): RequestHandler {
  const handler: RequestHandler = async (request, response, next) => {
    const run = { input: request.body as ToolInput, signal: undefined };
    try {
      if (stream === undefined) return void response.send(said(response, await execute(run)));
      for await (const text of stream(run)) {
        if (response.closed) return;
        response.write(said(response, text));
      }
      response.end();
    } catch (error) {
      next(error);
    }
  };
  return guards.reduce((guarded, setting) => guardHandler(guarded, optionsOf(name, torii, setting)), handler);
}

/** The setting in the words of requests. What is no function is passed on as it is. */
function optionsOf(tool: string, torii: Engine, setting: GuardSetting): GuardOptions {
  const { price, payee, charged, onDenied, skip, approval: _, ...rest } = setting;
  return {
    torii,
    tool,
    arguments: ({ body }) => body as unknown,
    price: typeof price === 'function' ? ({ body }) => price(body as ToolInput) : price,
    ...(payee === undefined
      ? {}
      : { payee: typeof payee === 'function' ? ({ body }: Request) => payee(body as ToolInput) : payee }),
    ...(charged === undefined
      ? {}
      : { charged: (_request: Request, { locals }: Response) => charged(locals['output'] as string) }),
    ...(skip === undefined ? {} : { skip: () => skip }),
    ...(onDenied === undefined
      ? {}
      : {
          onDenied: (answer, { response }) =>
            void response.send(onDenied(answer, problemOf(answer).body.detail)),
        }),
    ...rest,
  };
}

/** Keeps what the tool said last, for what it cost. */
function said(response: Response, output: string): string {
  response.locals['output'] = output;
  return output;
}

/** Resolves when the latest request is over for the server, because it was answered or because its client left. */
function departures(app: Express): () => Promise<void> {
  let latest = Promise.resolve();
  app.use((_request, response, next) => {
    latest = new Promise((resolve) => response.once('close', resolve));
    next();
  });
  return () => latest;
}

async function served(app: Express, left: () => Promise<void>): Promise<OpenDoor> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (call: CallUnderTest, words: Omit<RunUnderTest, 'calls'>) =>
    fetch(`${origin}/${call.tool}`, {
      method: 'POST',
      headers: headersOf(call, words),
      body: JSON.stringify(call.input),
      signal: words.signal ?? null,
    });
  return {
    run: ({ calls, ...words }) =>
      Promise.all(calls.map(async (call) => told(call, await send(call, words)))),
    resume: (state, answer) => repeated(JSON.parse(state) as CallUnderTest, answer, send),
    stream: async function* ({ calls: [call], ...words }) {
      if (call === undefined) return;
      const response = await send(call, words);
      for await (const bytes of response.body ?? []) yield new TextDecoder().decode(bytes);
    },
    left,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function headersOf({ id }: CallUnderTest, { credential, claims }: Omit<RunUnderTest, 'calls'>): Record<string, string> {
  const authorization = credential === undefined ? {} : { authorization: `Bearer ${credential}` };
  return { ...claims, ...authorization, 'content-type': 'application/json', 'idempotency-key': id };
}

async function told(call: CallUnderTest, response: globalThis.Response): Promise<Told> {
  const text = `${response.status} ${await response.text()}`;
  return text.includes('APPROVAL_REQUIRED')
    ? { kind: 'paused', text, state: JSON.stringify(call) }
    : { kind: 'answered', text };
}

/** A client that was told yes says so, and asks again; one that was told no does not. */
async function repeated(
  call: CallUnderTest,
  { approved, ...words }: NativeAnswer,
  send: (call: CallUnderTest, words: Omit<RunUnderTest, 'calls'>) => Promise<globalThis.Response>,
): Promise<readonly Told[]> {
  if (!approved) return [{ kind: 'answered', text: 'refused by the client' }];
  const claims = { 'x-policy-allowed': 'true', 'x-torii-approved': 'true', ...words.claims };
  return [await told(call, await send(call, { ...words, claims }))];
}
