import {
  type Field,
  type Fields,
  functionField,
  isEngine,
  mistake,
  modeField,
  toolFields,
  waitField,
} from '../doors/fields.ts';
import type { Effect } from '../nouns/effect.ts';
import type { Engine, Mode } from '../nouns/engine.ts';
import type { MoneyInput } from '../nouns/money.ts';
import type { Payee } from '../nouns/payee.ts';
import { isToolName } from '../nouns/tool-name.ts';
import { bearerToken, describeRequest } from './call-request.ts';
import type { HttpDoor } from './exchange.ts';
import type { Awaitable, HttpOptions } from './options.ts';

/** Options with their defaults filled in. */
export interface Settings<Req, Res> extends Required<
  Omit<HttpOptions<Req, Res>, 'tool' | 'price' | 'payee' | 'effect' | 'charged' | 'mode' | 'onDecision'>
> {
  readonly door: HttpDoor<Req, Res>;
  readonly torii: Engine;
  readonly tool: (request: Req) => Awaitable<string | undefined>;
  readonly price: (request: Req) => Awaitable<MoneyInput | undefined>;
  readonly payee: (request: Req) => Awaitable<Payee | undefined>;
  readonly effect: (request: Req) => Awaitable<Effect | undefined>;
  readonly charged: (request: Req, response: Res) => Awaitable<MoneyInput | undefined>;
  readonly mode: (request: Req) => Awaitable<Mode | undefined>;
  readonly onDecision: HttpOptions<Req, Res>['onDecision'] | undefined;
}

/** As for a tool, with functions of the request. */
function ofRequest(field: Field, expected = field.expected): Field {
  return { ...field, expected: `${expected} of the request` };
}

const PAYEE =
  'one or more of `recipient`, `network`, `category` and `scheme`, such as `{ recipient: "api.example" }`, or a function';

/** The fields of `HttpOptions`, and `onDenied`. A door adds its own, and nothing else. */
export const httpFields = {
  tool: {
    accepts: (value) => isFunction(value) || isToolName(value),
    expected: 'a tool name such as `weather` or `github/create_issue`, or a function of the request',
    required: true,
  },
  price: ofRequest(toolFields.price, 'an amount such as `0.12 USD` or `0 USD`, or a function'),
  payee: ofRequest(toolFields.payee, PAYEE),
  effect: {
    accepts: (value) => isFunction(value) || toolFields.effect.accepts(value),
    expected: `${toolFields.effect.expected}, or a function of the request`,
  },
  identify: functionField,
  arguments: functionField,
  charged: functionField,
  succeeded: functionField,
  skip: functionField,
  mode: ofRequest(modeField),
  onDenied: functionField,
  onDecision: functionField,
  waitMs: waitField,
  approvalsPath: {
    accepts: (value) => typeof value === 'string' && /^\/[\x21-\x7e]*[^/\s]$/.test(value),
    expected: 'a path such as `/torii/approvals`, without a slash at its end',
  },
} satisfies Fields & Record<keyof HttpOptions<never, never>, Field>;

/**
 * Fills in the defaults of options that a door has checked with `requireEngine` and `checkOptions`. Functions stay as
 * they are, so that each is asked about the request in its framework's own words.
 */
export function settingsOf<Req, Res>(
  door: HttpDoor<Req, Res>,
  torii: Engine,
  options: HttpOptions<Req, Res>,
): Settings<Req, Res> {
  const { tool, price, payee, effect, mode = 'enforce' } = options;
  const { rawRequest, rawResponse, partsOf } = door;
  return {
    door,
    torii,
    tool: typeof tool === 'function' ? tool : () => tool,
    price: typeof price === 'function' ? price : () => price,
    payee: typeof payee === 'function' ? payee : () => payee,
    effect: typeof effect === 'function' ? effect : () => effect,
    identify: options.identify ?? ((request) => bearerToken(rawRequest(request))),
    arguments: options.arguments ?? ((request) => describeRequest(rawRequest(request), partsOf(request))),
    charged: options.charged ?? (() => undefined),
    succeeded: options.succeeded ?? ((_request, response) => rawResponse(response).statusCode < 400),
    skip: options.skip ?? (() => false),
    mode: typeof mode === 'function' ? mode : () => mode,
    onDecision: options.onDecision,
    waitMs: options.waitMs ?? 0,
    approvalsPath: options.approvalsPath ?? '/torii/approvals',
  };
}

/** Throws OPTIONS_INVALID unless `torii` is an engine. */
export function requireEngine(torii: unknown): void {
  if (!isEngine(torii)) throw mistake('`torii`: expected an engine, as `createEngine` makes it');
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
