import type { Call } from '../nouns/call.ts';
import type { Denial } from '../nouns/denial.ts';
import type { Effect } from '../nouns/effect.ts';
import type { Mode } from '../nouns/engine.ts';
import type { MoneyInput } from '../nouns/money.ts';
import type { Waiting } from '../nouns/outcome.ts';
import type { Payee } from '../nouns/payee.ts';

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** What was decided on a request, for logs and metrics. */
export type Verdict = { readonly kind: 'allowed'; readonly call: Call } | Denial | Waiting;

/**
 * How a request is a call, in every framework that serves HTTP. A function here that throws or rejects ends the request
 * as an error of the framework. A door adds `onDenied`, whose shape is the framework's own.
 */
export interface HttpOptions<Req, Res> {
  /**
   * Name of the tool that the route is: `weather`, `github/create_issue`. A function must choose from a closed list of
   * names, for example out of a `Map`, and never take one from the path: routers take `/Trade` for `/trade`, while
   * names are compared exactly. Undefined means no tool, which is a denial.
   */
  readonly tool: string | ((request: Req) => Awaitable<string | undefined>);

  /** What the call costs at most: `"0.12 USD"`, `"0 USD"` for free. Undefined means unknown, which is a denial. */
  readonly price: MoneyInput | ((request: Req) => Awaitable<MoneyInput | undefined>);

  /**
   * Who receives the money. Undefined means that nobody is named, and anything that is no payee is a denial. A function
   * may look into the request: what it finds there is the agent's word. @default nobody is named
   */
  readonly payee?: Payee | ((request: Req) => Awaitable<Payee | undefined>);

  /**
   * What the call does: `read`, `mutating`, `destructive` or `admin`. Policy may say otherwise. Anything else is a
   * denial, except undefined, which leaves it to the tool's name. @default by the tool's name
   */
  readonly effect?: Effect | ((request: Req) => Awaitable<Effect | undefined>);

  /** The agent's token. @default the token of `Authorization: Bearer` */
  readonly identify?: (request: Req) => Awaitable<string | undefined>;

  /** What the call does, as plain JSON data: this is what is approved. @default method, path, params, query and body */
  readonly arguments?: (request: Req) => unknown;

  /** What it really cost, asked when the response has ended. @default the price */
  readonly charged?: (request: Req, response: Res) => Awaitable<MoneyInput | undefined>;

  /** Whether the ended response means success; a failed call costs nothing. @default statusCode < 400 */
  readonly succeeded?: (request: Req, response: Res) => Awaitable<boolean>;

  /** Lets a request pass without asking anybody. Only `true` does. @default never */
  readonly skip?: (request: Req) => Awaitable<boolean | undefined>;

  /**
   * `shadow` decides and records requests and blocks none, with an engine that enforces the others. Anything else that a
   * function answers means `enforce`. @default 'enforce'
   */
  readonly mode?: Mode | ((request: Req) => Awaitable<Mode | undefined>);

  /** Told of every verdict before anything happens. */
  readonly onDecision?: (request: Req, verdict: Verdict) => Awaitable<void>;

  /**
   * How long a call that needs people waits for them before it is answered `APPROVAL_REQUIRED`, in milliseconds, at most
   * a day. The waiting ends when the client leaves. @default 0, which answers at once
   */
  readonly waitMs?: number;

  /** Where the application shows approvals. @default "/torii/approvals" */
  readonly approvalsPath?: string;
}
