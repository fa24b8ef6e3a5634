import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Engine, OutcomeUnknownError } from '@torii/engine';
import {
  type DoorUnderTest,
  type GuardSetting,
  httpDoor,
  type OpenDoor,
  type ToolInput,
  type ToolUnderTest,
} from '@torii/engine/testing';
import type { ErrorRequestHandler, Express, NextFunction, RequestHandler, Response } from 'express';
import { guard, type GuardOptions, problemOf, toriiMiddleware, toriiOf } from './index.ts';
import { versions } from './world.test-support.ts';

const require = createRequire(import.meta.url);

type Make = (typeof versions)[number]['express'];
type Guard = (handler: RequestHandler, options: GuardOptions) => RequestHandler;

/** A middleware does not see what a handler throws, so the handler says `suspend`, as the README tells. */
const byMiddleware: Guard = (handler, { torii, ...options }) => {
  const middleware = toriiMiddleware(torii, options);
  return (request, response, next) => {
    const failed: NextFunction = (error?: unknown) => {
      if (OutcomeUnknownError.describes(error)) toriiOf(request)?.suspend('the handler cannot say');
      next(error);
    };
    const run: NextFunction = (error?: unknown) =>
      error === undefined ? void handler(request, response, failed) : next(error);
    return void middleware(request, response, run);
  };
};

/** Both versions, and both ways to guard a route. */
export const doors: readonly DoorUnderTest[] = versions.flatMap(({ version, express }) => [
  doorOf(`Express ${version}`, { version, express, guardHandler: guard }),
  doorOf(`Express ${version} middleware`, { version, express, guardHandler: byMiddleware }),
]);

interface Kind {
  readonly version: number;
  readonly express: Make;
  readonly guardHandler: Guard;
}

function doorOf(name: string, { version, express, guardHandler }: Kind): DoorUnderTest {
  const { version: installed } = require(
    `${version === 5 ? 'express' : `express${version}`}/package.json`,
  ) as {
    version: string;
  };
  return {
    name,
    door: '@torii/express',
    framework: 'express',
    version: `express ${installed}`,
    open: async ({ torii, tools }) => {
      const app = express();
      app.use(express.json());
      const watch = departures(app);
      for (const tool of tools) app.post(`/${tool.name}`, handlerOf(tool, torii, guardHandler));
      app.use(sayError);
      return served(app, watch);
    },
  };
}

function handlerOf(
  { name, guards, execute, stream }: ToolUnderTest,
  torii: Engine,
  guardHandler: Guard,
): RequestHandler {
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

/** The setting in the words of requests. What is no function is passed on as it is, for the door to judge. */
function optionsOf(tool: string, torii: Engine, setting: GuardSetting): GuardOptions {
  const { approval: _, ...rest } = setting;
  const { price, payee, charged, onDenied, skip } = setting;
  return {
    ...rest,
    torii,
    tool,
    arguments: ({ body }) => body as unknown,
    price: typeof price === 'function' ? ({ body }) => price(body as ToolInput) : price,
    payee: typeof payee === 'function' ? ({ body }) => payee(body as ToolInput) : payee,
    charged:
      typeof charged === 'function' ? (_request, { locals }) => charged(locals['output'] as string) : charged,
    onDenied:
      typeof onDenied === 'function'
        ? (answer, { response }) => void response.send(onDenied(answer, problemOf(answer).body.detail))
        : onDenied,
    skip: skip === undefined ? undefined : () => skip,
  } as GuardOptions;
}

/** What an application answers for its errors. The page of Express shows the stack, with the frames of the guard. */
const sayError: ErrorRequestHandler = (error, _request, response, _next) =>
  void response.status(500).send(String(error));

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
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return httpDoor({ origin, left, close });
}
