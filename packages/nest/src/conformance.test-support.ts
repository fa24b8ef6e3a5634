import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  HttpCode,
  HttpException,
  type INestApplication,
  Injectable,
  Module,
  Post,
  StreamableFile,
  type Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Engine } from '@torii/engine';
import {
  type CallUnderTest,
  type DoorUnderTest,
  type GuardSetting,
  httpDoor,
  type OpenDoor,
  type RunUnderTest,
  type Told,
  type ToolInput,
  type ToolUnderTest,
} from '@torii/engine/testing';
import { explain, ToriiDeniedError } from '@torii/engine/doors';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Adapter, platforms } from './app.test-support.ts';
import { Guarded, type GuardedOptions, GuardedTool, type GuardedToolOptions, ToriiModule } from './index.ts';
import type { HttpRequest } from './index.ts';

const require = createRequire(import.meta.url);
const { version } = require('@nestjs/core/package.json') as { version: string };

const common = { door: '@torii/nest', framework: 'nest', version: `@nestjs/core ${version}` };

/** Handlers on both platforms, and methods of a provider. */
export const doors: readonly DoorUnderTest[] = [
  ...platforms.map(({ platform, adapter }) => ({
    ...common,
    name: `Nest on ${platform}`,
    open: async ({ torii, tools }: { torii: Engine; tools: readonly ToolUnderTest[] }) =>
      served(await started(torii, tools.map(controllerOf), adapter())),
  })),
  { ...common, name: 'Nest methods', open: ({ torii, tools }) => methodsOf(torii, tools) },
];

async function started(torii: Engine, controllers: Type[], adapter: Adapter): Promise<INestApplication> {
  @Module({ imports: [ToriiModule.forRoot({ torii })], controllers })
  class AppModule {}

  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication(adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** What a stream said last, by what was returned for it. */
const lastTexts = new WeakMap<StreamableFile, string>();

/** A controller of one tool, which answers with its text. */
function controllerOf({ name, guards, execute, stream }: ToolUnderTest): Type {
  @Controller()
  class ToolController {
    @Post(name)
    @HttpCode(200)
    async call(@Body() input: ToolInput): Promise<unknown> {
      const run = { input, signal: undefined };
      if (stream === undefined) return execute(run);
      const file: StreamableFile = new StreamableFile(
        Readable.from(noted(stream(run)), { objectMode: false }),
      );
      async function* noted(texts: AsyncIterable<string>): AsyncGenerator<string> {
        for await (const text of texts) {
          lastTexts.set(file, text);
          yield text;
        }
      }
      return file;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(ToolController.prototype, 'call') ?? {};
  for (const setting of guards)
    Guarded<HttpRequest, string | StreamableFile>(optionsOf(name, setting))(
      ToolController.prototype,
      'call',
      descriptor,
    );
  return ToolController;
}

/** The setting in the words of handlers. What is no function is passed on as it is. */
function optionsOf(
  tool: string,
  setting: GuardSetting,
): GuardedOptions<HttpRequest, string | StreamableFile> {
  const { price, payee, skip, charged, onDenied, approval: _, ...rest } = setting;
  const input = ({ body }: HttpRequest): ToolInput => body as ToolInput;
  return {
    ...rest,
    tool,
    arguments: input,
    price: typeof price === 'function' ? (request) => price(input(request)) : price,
    payee: typeof payee === 'function' ? (request) => payee(input(request)) : payee,
    skip: skip === undefined ? undefined : () => skip,
    charged: typeof charged === 'function' ? (output) => charged(textOf(output)) : charged,
    onDenied:
      typeof onDenied === 'function'
        ? (answer) => new HttpException(onDenied(answer, explain(tool, answer, 'result')), 200)
        : onDenied,
  };
}

function textOf(output: string | StreamableFile): string {
  return typeof output === 'string' ? output : (lastTexts.get(output) ?? '');
}

async function served(app: INestApplication): Promise<OpenDoor> {
  const server = app.getHttpServer() as Server;
  let left = Promise.resolve();
  server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    left = new Promise((resolve) => response.once('close', resolve));
  });
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await app.close();
  };
  return httpDoor({ origin: await app.getUrl(), left: () => left, close });
}

/** How the method of a provider is called here: with the arguments, and what the application knows of the run. */
interface MethodRun {
  readonly id: string;
  readonly credential: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Tool {
  call(input: ToolInput, run: MethodRun): Promise<string>;
  stream(input: ToolInput, run: MethodRun): AsyncGenerator<string, void, undefined>;
}

async function methodsOf(torii: Engine, tools: readonly ToolUnderTest[]): Promise<OpenDoor> {
  const classes = new Map(tools.map((tool) => [tool.name, providerOf(tool)]));

  @Module({ imports: [ToriiModule.forRoot({ torii })], providers: [...classes.values()] })
  class AppModule {}

  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  await module.init();
  const named = tools.filter(({ guards }) => guards[0]?.approval !== 'result');
  const pauses = new Set(named.map(({ name }) => name));
  const toolOf = (name: string): Tool => module.get<Tool>(classes.get(name) ?? '');
  const run = ({ calls, credential, signal }: RunUnderTest): Promise<readonly Told[]> =>
    Promise.all(
      calls.map(async (call) => {
        try {
          const text = await toolOf(call.tool).call(call.input, { id: call.id, credential, signal });
          return { kind: 'answered', text };
        } catch (error) {
          return refusalOf(error, call, pauses.has(call.tool));
        }
      }),
    );
  return {
    run,
    resume: async (state, { approved, ...words }) =>
      approved
        ? run({ ...words, calls: [JSON.parse(state) as CallUnderTest] })
        : [{ kind: 'answered', text: 'the caller was refused, and asks no more' }],
    stream: async function* ({ calls: [call], credential, signal }) {
      if (call === undefined) return;
      try {
        yield* toolOf(call.tool).stream(call.input, { id: call.id, credential, signal });
      } catch (error) {
        yield String(error);
      }
    },
    close: () => module.close(),
  };
}

function refusalOf(error: unknown, call: CallUnderTest, pauses: boolean): Told {
  const waits = pauses && ToriiDeniedError.is(error) && error.denial.kind === 'waiting';
  return waits
    ? { kind: 'paused', text: error.message, state: JSON.stringify(call) }
    : { kind: 'answered', text: String(error) };
}

function providerOf({ name, guards, execute, stream }: ToolUnderTest): Type {
  @Injectable()
  class ToolProvider implements Tool {
    async call(input: ToolInput, { signal }: MethodRun): Promise<string> {
      return execute({ input, signal });
    }

    async *stream(input: ToolInput, { signal }: MethodRun): AsyncGenerator<string, void, undefined> {
      if (stream !== undefined) yield* stream({ input, signal });
    }
  }
  for (const method of ['call', 'stream'] as const) {
    for (const setting of guards) {
      const descriptor = Object.getOwnPropertyDescriptor(ToolProvider.prototype, method) ?? {};
      GuardedTool(toolOptionsOf(name, setting))(ToolProvider.prototype, method, descriptor as never);
      Object.defineProperty(ToolProvider.prototype, method, descriptor);
    }
  }
  return ToolProvider;
}

/** The setting in the words of methods. */
function toolOptionsOf(
  tool: string,
  setting: GuardSetting,
): GuardedToolOptions<[ToolInput, MethodRun], string> {
  const { approval, ...rest } = setting;
  return {
    ...rest,
    tool,
    // Without an id of its own a call is known by what it asks for.
    id: approval === 'result' ? undefined : (_input, { id }) => id,
    signal: (_input, { signal }) => signal,
    identify: (_input, { credential }) => credential,
    arguments: (input) => input,
  };
}
