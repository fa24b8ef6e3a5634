import { isEffect, money, type MoneyInput, type Payee, readPayee, ToriiError } from '@torii/engine';

type Check = (value: unknown) => boolean;

const isFunction: Check = (value) => typeof value === 'function';
const isObject: Check = (value) => typeof value === 'object' && value !== null;
const isText: Check = (value) => typeof value === 'string' && value.length > 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isList: Check = Array.isArray;
const isDefinition: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isApprovalMode: Check = (value) => value === 'native' || value === 'result';
const LONGEST_WAIT_MS = 86_400_000;
const isWait: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_WAIT_MS;
const isPrice: Check = (value) => typeof value === 'function' || isMoney(value);
const isPayeeOf: Check = (value) => typeof value === 'function' || isPayee(value);
const isEngine: Check = (value) =>
  typeof value === 'object' && value !== null && 'guard' in value && 'prepare' in value && 'decide' in value;

const PAYEE = 'one or more of `recipient`, `network`, `category` and `scheme`';

type Field = readonly [check: Check, expected: string, required?: 'required'];
type Fields = Readonly<Record<string, Field>>;

const common: Fields = {
  torii: [isEngine, 'an engine made by `createEngine`', 'required'],
  identify: [(value) => isText(value) || isFunction(value), "the agent's token, or a function", 'required'],
  approval: [isApprovalMode, '`native` or `result`'],
  waitMs: [isWait, `whole milliseconds from 0 to ${LONGEST_WAIT_MS}`],
  onDecision: [isFunction, 'a function'],
};

const ofTool: Fields = {
  ...common,
  tool: [isText, 'the name of the tool', 'required'],
  price: [isPrice, 'an amount such as `0.12 USD`, or a function', 'required'],
  payee: [isPayeeOf, `${PAYEE}, or a function`],
  effect: [isEffect, '`read`, `mutating`, `destructive` or `admin`'],
  charged: [isFunction, 'a function'],
  definition: [isDefinition, '64 hexadecimal digits'],
  onDenied: [isFunction, 'a function'],
  streaming: [isFlag, 'true or false'],
  skip: [isFlag, 'true or false'],
};

const ofTools: Fields = {
  ...common,
  price: [
    (value) => isMoney(value) || isObject(value),
    'an amount such as `0.12 USD`, or one for each tool',
    'required',
  ],
  server: [isText, 'the name of the server'],
  payee: [isObject, `${PAYEE}, or one for each tool`],
  effect: [isObject, '`read`, `mutating`, `destructive` or `admin` for each tool'],
  charged: [isObject, 'a function for each tool'],
  definition: [isObject, '64 hexadecimal digits for each tool'],
  onDenied: [isObject, 'a function for each tool'],
  streaming: [isList, 'a list of names'],
  skip: [isList, 'a list of names'],
};

/** Throws OPTIONS_INVALID for options of `guard` that are missing, wrong or unknown. */
export function checkGuardOptions(options: unknown): void {
  check(options, ofTool);
}

/** Throws OPTIONS_INVALID for options of `guardTools` that are missing, wrong or unknown. */
export function checkGuardToolsOptions(options: unknown): void {
  check(options, ofTools);
}

/** Whether a value is an amount rather than a map of amounts. */
export function isMoney(value: unknown): value is MoneyInput {
  try {
    money(value as MoneyInput);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a value is a payee rather than a map of payees: every field is one of a payee and says something. A misspelt
 * or unset field would name nobody.
 */
export function isPayee(value: unknown): value is Payee {
  if (typeof value !== 'object' || value === null) return false;
  const payee = readPayee(value);
  const known = 'problem' in payee ? 0 : Object.keys(payee).length;
  return known > 0 && known === Object.keys(value).length;
}

/** The mistake of a caller, found at construction. */
export function mistake(message: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', message);
}

function check(options: unknown, fields: Fields): void {
  if (typeof options !== 'object' || options === null) throw mistake('`options`: expected an object');
  const given = options as Readonly<Record<string, unknown>>;
  const of = isText(given['tool']) && 'tool' in fields ? ` of \`${String(given['tool'])}\`` : '';
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) throw mistake(`\`options\`${of}: expected no \`${unknown}\``);
  for (const [key, [accepts, expected, required]] of Object.entries(fields)) {
    const absent = given[key] === undefined && required === undefined;
    if (!absent && !accepts(given[key])) throw mistake(`\`options.${key}\`${of}: expected ${expected}`);
  }
}
