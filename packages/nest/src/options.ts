import type { IncomingHttpHeaders } from 'node:http';
import { type ExecutionContext, Inject } from '@nestjs/common';
import type { Denial, Effect, Engine, Mode, MoneyInput, Payee, Waiting } from '@torii/engine';
import { type Fields, flagField, functionField, toolFields } from '@torii/engine/doors';
import { type Awaitable, httpFields, type Verdict } from '@torii/engine/http';
import type { ToolDefaults } from './tool-options.ts';

/** What requests of Express and of Fastify have in common. Name the type of your platform to read more of it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * A question about one call. Over HTTP `request` is that of the platform, elsewhere the message: the data of a
 * microservice or a socket, the arguments of a GraphQL field. One that throws or rejects ends in the exception filters.
 */
export type Ask<Req, T> = (request: Req, context: ExecutionContext) => Awaitable<T | undefined>;

/** What handlers have in common: said once in the module, or for one handler in `@Guarded`. */
export interface CallOptions<Req> {
  /** The agent's token. @default the token of `Authorization: Bearer` over HTTP, and elsewhere none: a denial */
  readonly identify?: Ask<Req, string> | undefined;

  /** What is thrown instead of `ToriiDeniedException`. Undefined, or nothing, leaves that. */
  readonly onDenied?: ((answer: Denial | Waiting, context: ExecutionContext) => unknown) | undefined;

  /** Told of every verdict before anything happens. What it throws ends the request. */
  readonly onDecision?:
    ((request: Req, verdict: Verdict, context: ExecutionContext) => Awaitable<void>) | undefined;

  /**
   * `shadow` decides and records calls and blocks none, with an engine that enforces the others. Anything else that a
   * function answers means `enforce`. @default 'enforce'
   */
  readonly mode?: Mode | Ask<Req, Mode> | undefined;

  /**
   * How long a call that needs people waits for them, in milliseconds, at most a day. The waiting ends when the client
   * leaves. @default 0, which answers at once
   */
  readonly waitMs?: number | undefined;

  /** Where the application shows approvals, for the `Location` of those that are open. @default "/torii/approvals" */
  readonly approvalsPath?: string | undefined;
}

/** How a handler is a call. */
export interface GuardedOptions<Req = HttpRequest, Output = unknown> extends CallOptions<Req> {
  /** Name of the tool that the handler is: `weather`, `github/create_issue`. A function chooses from a closed list. */
  readonly tool: string | Ask<Req, string>;

  /** What the call costs at most: `"0.12 USD"`, `"0 USD"` for free. Undefined means unknown, which is a denial. */
  readonly price: MoneyInput | Ask<Req, MoneyInput>;

  /** Who receives the money. What a function reads from the request is the agent's word. @default nobody is named */
  readonly payee?: Payee | Ask<Req, Payee> | undefined;

  /** What the call does: `read`, `mutating`, `destructive` or `admin`. @default by the tool's name */
  readonly effect?: Effect | Ask<Req, Effect> | undefined;

  /** What the call does, as plain JSON data: this is what is approved. @default what HTTP or the message says */
  readonly arguments?: ((request: Req, context: ExecutionContext) => unknown) | undefined;

  /** What it really cost, from what the handler returned; of a stream of values, from the last. @default the price */
  readonly charged?: ((output: Output, context: ExecutionContext) => Awaitable<MoneyInput>) | undefined;

  /** Whether the ended response means success; HTTP only. @default its status is below 400 */
  readonly succeeded?: ((context: ExecutionContext) => Awaitable<boolean>) | undefined;

  /** Lets a request pass without asking anybody. Only `true` does. @default never */
  readonly skip?: Ask<Req, boolean> | undefined;
}

/** Options whose functions are given the request of whatever handler they are for. */
export type AnyGuardedOptions = GuardedOptions<object, unknown>;

/** What the module needs. What it says of calls counts where `@Guarded` says nothing. */
export interface ToriiModuleOptions extends CallOptions<HttpRequest> {
  readonly torii: Engine;

  /** What counts where `@GuardedTool` says nothing. */
  readonly tools?: ToolDefaults | undefined;

  /**
   * Whether the engine is closed when the application shuts down, after its server. For an engine that nobody else
   * uses, such as one that `useFactory` made. @default false: whoever made the engine closes it
   */
  readonly closeOnShutdown?: boolean | undefined;
}

const { identify, onDenied, onDecision, mode, waitMs, approvalsPath } = httpFields;

const callFields = { identify, onDenied, onDecision, mode, waitMs, approvalsPath } satisfies Fields;

/** The fields of `ToriiModuleOptions`. */
export const moduleFields = {
  torii: toolFields.torii,
  ...callFields,
  tools: { accepts: (value: unknown) => typeof value === 'object' && value !== null, expected: 'an object' },
  closeOnShutdown: flagField,
} satisfies Fields & Record<keyof ToriiModuleOptions, unknown>;

/** The fields of `GuardedOptions`. */
export const guardedFields = {
  ...httpFields,
  arguments: functionField,
} satisfies Fields & Record<keyof AnyGuardedOptions, unknown>;

/** Where the engine is found by dependency injection. */
export const TORII_ENGINE = Symbol.for('torii.nest.engine');

/** The engine of the module, as a parameter of a constructor: `constructor(@InjectTorii() torii: Engine)`. */
export function InjectTorii(): ParameterDecorator & PropertyDecorator {
  return Inject(TORII_ENGINE);
}
