import type { ServerResponse } from 'node:http';
import {
  type Effect,
  type Engine,
  isEffect,
  isToolName,
  money,
  type MoneyInput,
  type Payee,
  readPayee,
  ToriiError,
} from '@torii/engine';
import { bearerToken, describeRequest } from './call-request.ts';
import type { GuardedRequest } from './exchange.ts';
import type { Awaitable, ToriiOptions } from './options.ts';

/** Options with their defaults filled in. */
export interface Settings<Req extends GuardedRequest, Res extends ServerResponse> extends Required<
  Omit<ToriiOptions<Req, Res>, 'tool' | 'price' | 'payee' | 'effect' | 'charged' | 'onDenied' | 'onDecision'>
> {
  readonly torii: Engine;
  readonly tool: (request: Req) => Awaitable<string | undefined>;
  readonly price: (request: Req) => Awaitable<MoneyInput | undefined>;
  readonly payee: (request: Req) => Awaitable<Payee | undefined>;
  readonly effect: (request: Req) => Awaitable<Effect | undefined>;
  readonly charged: (request: Req, response: Res) => Awaitable<MoneyInput | undefined>;
  readonly onDenied: ToriiOptions<Req, Res>['onDenied'] | undefined;
  readonly onDecision: ToriiOptions<Req, Res>['onDecision'] | undefined;
}

interface Field {
  readonly expected: string;
  readonly required?: boolean;
  readonly accepts: (value: unknown) => boolean;
}

const optionalFunction: Field = { expected: 'a function', accepts: isFunction };

/** A day, as the engine allows. */
const LONGEST_WAIT_MS = 86_400_000;

const fields: Readonly<Record<keyof ToriiOptions, Field>> = {
  tool: {
    expected: 'a tool name such as `weather` or `github/create_issue`, or a function of the request',
    required: true,
    accepts: (value) => isFunction(value) || isToolName(value),
  },
  price: {
    expected: 'an amount such as `0.12 USD` or `0 USD`, or a function of the request',
    required: true,
    accepts: (value) => isFunction(value) || isMoney(value),
  },
  payee: {
    expected:
      'one or more of `recipient`, `network`, `category` and `scheme`, such as `{ recipient: "api.example" }`, or a function of the request',
    accepts: (value) => isFunction(value) || isPayee(value),
  },
  effect: {
    expected: '`read`, `mutating`, `destructive` or `admin`, or a function of the request',
    accepts: (value) => isFunction(value) || isEffect(value),
  },
  identify: optionalFunction,
  arguments: optionalFunction,
  charged: optionalFunction,
  succeeded: optionalFunction,
  skip: optionalFunction,
  onDenied: optionalFunction,
  onDecision: optionalFunction,
  waitMs: {
    expected: `whole milliseconds from 0 to ${LONGEST_WAIT_MS}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_WAIT_MS,
  },
  approvalsPath: {
    expected: 'a path such as `/torii/approvals`, without a slash at its end',
    accepts: (value) => typeof value === 'string' && /^\/[\x21-\x7e]*[^/\s]$/.test(value),
  },
};

/** Validates the options once. Throws OPTIONS_INVALID that names the first wrong one and says what was expected. */
export function settingsOf<Req extends GuardedRequest, Res extends ServerResponse>(
  torii: Engine,
  options: ToriiOptions<Req, Res>,
): Settings<Req, Res> {
  requireEngine(torii);
  requireFields('options', fields, options);
  const { tool, price, payee, effect, charged, onDenied, onDecision } = options;
  return {
    torii,
    tool: typeof tool === 'function' ? tool : () => tool,
    price: typeof price === 'function' ? price : () => price,
    payee: typeof payee === 'function' ? payee : () => payee,
    effect: typeof effect === 'function' ? effect : () => effect,
    identify: options.identify ?? bearerToken,
    arguments: options.arguments ?? describeRequest,
    charged: charged ?? (() => undefined),
    succeeded: options.succeeded ?? ((_request, response) => response.statusCode < 400),
    skip: options.skip ?? (() => false),
    onDenied,
    onDecision,
    waitMs: options.waitMs ?? 0,
    approvalsPath: options.approvalsPath ?? '/torii/approvals',
  };
}

/** Throws OPTIONS_INVALID unless `torii` is an engine. */
export function requireEngine(torii: unknown): void {
  const isEngine = typeof torii === 'object' && torii !== null && 'authorize' in torii;
  if (!isEngine) throw invalid('torii', 'an engine, as `createEngine` makes it');
}

/** Throws OPTIONS_INVALID for an unknown, missing or wrong field. */
export function requireFields(name: string, known: Readonly<Record<string, Field>>, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw invalid(name, 'an object');
  for (const key of Object.keys(options)) {
    const names = Object.keys(known).join('`, `');
    if (!Object.hasOwn(known, key)) throw invalid(`${name}.${key}`, `one of \`${names}\``);
  }
  for (const [key, { expected, required = false, accepts }] of Object.entries(known)) {
    const value: unknown = (options as Record<string, unknown>)[key];
    if (value === undefined ? required : !accepts(value)) throw invalid(`${name}.${key}`, expected);
  }
}

function invalid(path: string, expected: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `\`${path}\`: expected ${expected}`);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isMoney(value: unknown): boolean {
  try {
    return money(value as MoneyInput).units >= 0n;
  } catch {
    return false;
  }
}

/** Whether every field is one of a payee and says something: a misspelt or unset one would name nobody. */
function isPayee(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const payee = readPayee(value);
  const known = 'problem' in payee ? 0 : Object.keys(payee).length;
  return known > 0 && known === Object.keys(value).length;
}
