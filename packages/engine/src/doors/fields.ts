import { isEffect } from '../nouns/effect.ts';
import { type Engine, LONGEST_WAIT_MS } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import { money, type MoneyInput } from '../nouns/money.ts';
import { type Payee, readPayee } from '../nouns/payee.ts';

/** What one option may be. */
export interface Field {
  readonly accepts: (value: unknown) => boolean;

  /** What stands behind `expected` where it is something else. */
  readonly expected: string;

  /** @default false */
  readonly required?: boolean;
}

/** The options that a door knows, by name. They are checked in this order. */
export type Fields = Readonly<Record<string, Field>>;

type Check = Field['accepts'];

const isFunction: Check = (value) => typeof value === 'function';
const isDefinition: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

const PAYEE = 'one or more of `recipient`, `network`, `category` and `scheme`';
const EFFECT = '`read`, `mutating`, `destructive` or `admin`';
const AMOUNT = 'an amount such as `0.12 USD`';

/** A function that may be left out. */
export const functionField: Field = { accepts: isFunction, expected: 'a function' };

/** Yes or no. */
export const flagField: Field = { accepts: (value) => typeof value === 'boolean', expected: 'true or false' };

/** Whether a tool is left as it is, in all runs or by a function of the run. */
export const skipField: Field = {
  accepts: (value) => flagField.accepts(value) || isFunction(value),
  expected: 'true, false or a function',
};

/** Whether calls are enforced, in all runs or by a function of the run. */
export const modeField: Field = {
  accepts: (value) => value === 'enforce' || value === 'shadow' || isFunction(value),
  expected: '`enforce`, `shadow` or a function',
};

/** Names of tools. */
export const namesField: Field = { accepts: Array.isArray, expected: 'a list of names' };

/** How long a call waits for people. */
export const waitField: Field = {
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_WAIT_MS,
  expected: `whole milliseconds from 0 to ${LONGEST_WAIT_MS}`,
};

const commonFields = {
  torii: { accepts: isEngine, expected: 'an engine made by `createEngine`', required: true },
  identify: {
    accepts: (value) => isText(value) || isFunction(value),
    expected: "the agent's token, or a function",
    required: true,
  },
  approval: {
    accepts: (value) => value === 'native' || value === 'result',
    expected: '`native` or `result`',
  },
  waitMs: waitField,
  mode: modeField,
  onDecision: functionField,
} satisfies Fields;

/** The fields of `ToolOptions`. A door adds its own, and nothing else. */
export const toolFields = {
  ...commonFields,
  tool: { accepts: isText, expected: 'the name of the tool', required: true },
  price: {
    accepts: (value) => isFunction(value) || isMoney(value),
    expected: `${AMOUNT}, or a function`,
    required: true,
  },
  payee: { accepts: (value) => isFunction(value) || isPayee(value), expected: `${PAYEE}, or a function` },
  effect: { accepts: isEffect, expected: EFFECT },
  charged: functionField,
  definition: { accepts: isDefinition, expected: '64 hexadecimal digits' },
  onDenied: functionField,
  skip: skipField,
} satisfies Fields;

/** The fields of options for a set of tools: what differs from tool to tool is a map by name. */
export const toolSetFields = {
  ...commonFields,
  price: {
    accepts: (value) => isMoney(value) || isObject(value),
    expected: `${AMOUNT}, or one for each tool`,
    required: true,
  },
  server: { accepts: isText, expected: 'the name of the server' },
  payee: { accepts: isObject, expected: `${PAYEE}, or one for each tool` },
  effect: { accepts: isObject, expected: `${EFFECT} for each tool` },
  charged: { accepts: isObject, expected: 'a function for each tool' },
  definition: { accepts: isObject, expected: '64 hexadecimal digits for each tool' },
  onDenied: { accepts: isObject, expected: 'a function for each tool' },
  skip: namesField,
} satisfies Fields;

/** Throws OPTIONS_INVALID for the first option that is unknown, missing or wrong. */
export function checkOptions(options: unknown, fields: Fields): void {
  check(options, fields, '');
}

/** As `checkOptions`, for one tool: messages say of which, once it has a name. */
export function checkToolOptions(options: unknown, fields: Fields): void {
  const tool: unknown = isObject(options) ? options['tool'] : undefined;
  check(options, fields, isText(tool) ? ` of \`${tool}\`` : '');
}

function check(options: unknown, fields: Fields, of: string): void {
  if (!isObject(options)) throw mistake('`options`: expected an object');
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) {
    const known = Object.keys(fields).join('`, `');
    throw mistake(`\`options.${unknown}\`${of}: expected one of \`${known}\``);
  }
  for (const [key, { accepts, expected, required = false }] of Object.entries(fields)) {
    const value = options[key];
    if (value === undefined ? required : !accepts(value)) {
      throw mistake(`\`options.${key}\`${of}: expected ${expected}`);
    }
  }
}

/** Throws OPTIONS_INVALID where there is no tool, as a misspelt member of what holds them is none. */
export function requireTool(tool: unknown, name: string): void {
  if (!isObject(tool) && !isFunction(tool))
    throw mistake(`\`${name}\`: expected the tool that is to be guarded`);
}

/** Whether a value has the entrances of an engine. */
export function isEngine(value: unknown): value is Engine {
  return (
    isObject(value) && ['guard', 'prepare', 'decide', 'authorize'].every((entrance) => entrance in value)
  );
}

/** Whether a value is an amount that something can cost. */
export function isMoney(value: unknown): value is MoneyInput {
  try {
    return money(value as MoneyInput).units >= 0n;
  } catch {
    return false;
  }
}

/**
 * Whether a value is a payee: every field is one of a payee and says something. A misspelt or unset field would name
 * nobody.
 */
export function isPayee(value: unknown): value is Payee {
  if (!isObject(value)) return false;
  const payee = readPayee(value);
  const known = 'problem' in payee ? 0 : Object.keys(payee).length;
  return known > 0 && known === Object.keys(value).length;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

/** The mistake of a caller, found at construction. */
export function mistake(message: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', message);
}
