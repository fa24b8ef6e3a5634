import type { AccountKind, BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import { canonicalJson, type JsonObject } from '../../nouns/canonical.ts';
import type { BudgetAlert } from '../../nouns/decision.ts';
import type { CallIdentity, CallState, Reservation } from '../../nouns/hold.ts';
import type { Money } from '../../nouns/money.ts';

/** What a caller said of a call, which no script looks into: as it was reserved or denied. */
export interface Words {
  readonly call: Omit<CallIdentity, 'id' | 'requestHash' | 'fingerprint'>;

  /** What the reservation made of it; empty for a denial. */
  readonly state: CallState | '';
  readonly carved: { readonly currency: string; readonly units: string } | undefined;
  readonly budgets: readonly BudgetCharge[];
  readonly rates: readonly RateCharge[];
  readonly facts: JsonObject;
}

/** What a caller said of an extension. */
export interface ExtensionWords {
  readonly price: Money;

  /** Micro-units for each currency. */
  readonly amounts: ReadonlyMap<string, bigint>;
  readonly facts: JsonObject;
}

const STATES = { start: 'started', hold: 'held', wait: 'waiting', carve: 'carved' } as const;

/** The state that a reservation makes. */
export function stateOf({ then }: Pick<Reservation, 'then'>): CallState {
  return STATES[then.kind];
}

/**
 * One line of JSON. Lists instead of objects, because every call has one and names would be most of it.
 * Throws NOT_CANONICAL for what the journal could not keep.
 */
export function wordsLine(
  reservation: Pick<Reservation, 'call' | 'facts'> & Partial<Reservation>,
  charges = joined(reservation.budgets ?? [], chargeText),
): string {
  const { call, then, rates = [], facts } = reservation;
  const { issuer, tenant, owner, agent, session, tool, price } = call;
  const identity = textsJson([
    issuer,
    tenant,
    owner,
    agent,
    session,
    tool,
    price.units.toString(),
    price.asset,
  ]);
  const state = then === undefined ? '' : STATES[then.kind];
  const carved = then?.kind === 'carve' ? [then.currency, then.units.toString()] : null;
  const counted = rates.length === 0 ? '[]' : canonicalJson(rates.map(rateParts));
  // Facts are no deeper here than in an entry, so whatever is written can be linked.
  const rest = canonicalJson([facts]).slice(1);
  return `[${identity},"${state}",${carved === null ? 'null' : canonicalJson(carved)},[${charges}],${counted},${rest}`;
}

/** As `canonicalJson` writes it, and quicker: texts are all that stands in it. */
function textsJson(texts: readonly string[]): string {
  return texts.every((text) => text.isWellFormed()) ? JSON.stringify(texts) : canonicalJson(texts);
}

/** What `write` makes of each, with commas in between. */
function joined<T>(values: readonly T[], write: (value: T) => string): string {
  let all = '';
  for (const value of values) all += all === '' ? write(value) : `,${write(value)}`;
  return all;
}

function rateParts({ key, policy, clause, scope, per, perMs, limit }: RateCharge): readonly unknown[] {
  return [key, policy, clause, scope, per, perMs, limit];
}

function chargeText(charge: BudgetCharge): string {
  return `${canonicalJson(chargeParts(charge)).slice(0, -1)}${alertsText(charge.alerts)}]`;
}

/** What stands behind the other parts of a charge: percent and units of each alert, and nothing where there are none. */
export function alertsText(alerts: BudgetCharge['alerts']): string {
  return (alerts ?? []).map(({ percent, units }) => `,${percent},"${units}"`).join('');
}

function chargeParts(charge: BudgetCharge): readonly unknown[] {
  const { key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit, amount, account } =
    charge;
  return [
    key,
    policy,
    clause,
    scope,
    window,
    startMs,
    endMs ?? null,
    rollingMs ?? null,
    currency,
    limit.toString(),
    amount.toString(),
    account ?? null,
  ];
}

type Identity = readonly [
  issuer: string,
  tenant: string,
  owner: string,
  agent: string,
  session: string,
  tool: string,
  units: string,
  asset: string,
];

type ChargeParts = readonly [
  key: string,
  policy: string,
  clause: string,
  scope: BudgetCharge['scope'],
  window: BudgetCharge['window'],
  startMs: number,
  endMs: number | null,
  rollingMs: number | null,
  currency: string,
  limit: string,
  amount: string,
  account: AccountKind | null,
  ...alerts: (number | string)[],
];

type RateParts = readonly [
  key: string,
  policy: string,
  clause: string,
  scope: RateCharge['scope'],
  per: RateCharge['per'],
  perMs: number,
  limit: number,
];

type Line = readonly [
  identity: Identity,
  state: CallState | '',
  carved: readonly [currency: string, units: string] | null,
  budgets: readonly ChargeParts[],
  rates: readonly RateParts[],
  facts: JsonObject,
];

/** What `wordsLine` wrote. */
export function wordsOf(line: string): Words {
  const [identity, state, carved, budgets, rates, facts] = JSON.parse(line) as Line;
  const [issuer, tenant, owner, agent, session, tool, units, asset] = identity;
  const price = { units: BigInt(units), asset };
  return {
    call: { issuer, tenant, owner, agent, session, tool, price },
    state,
    carved: carved === null ? undefined : { currency: carved[0], units: carved[1] },
    budgets: budgets.map(chargeOf),
    rates: rates.map(([key, policy, clause, scope, per, perMs, limit]) => ({
      key,
      policy,
      clause,
      scope,
      per,
      perMs,
      limit,
    })),
    facts,
  };
}

/** Where the alerts of a charge begin. */
const ALERTS = 12;

function chargeOf(parts: ChargeParts): BudgetCharge {
  const [key, policy, clause, scope, window, startMs, endMs, rollingMs, currency, limit, amount, account] =
    parts;
  const alerts = parts.slice(ALERTS);
  const charge = {
    key,
    policy,
    clause,
    scope,
    window,
    startMs,
    endMs: endMs ?? undefined,
    rollingMs: rollingMs ?? undefined,
    currency,
    limit: BigInt(limit),
    amount: BigInt(amount),
  };
  return {
    ...charge,
    ...(account === null ? {} : { account }),
    ...(alerts.length === 0 ? {} : { alerts: alertsOf(alerts) }),
  };
}

function alertsOf(parts: readonly (number | string | null)[]): readonly BudgetAlert[] {
  const alerts: BudgetAlert[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2)
    alerts.push({ percent: Number(parts[at]), units: BigInt(parts[at + 1] ?? 0) });
  return alerts;
}

type ExtensionLine = readonly [
  units: string,
  asset: string,
  amounts: { readonly [currency: string]: string },
  facts: JsonObject,
];

/** One line of JSON. Throws NOT_CANONICAL for what the journal could not keep. */
export function extensionLine({ price, amounts, facts }: ExtensionWords): string {
  const told = Object.fromEntries([...amounts].map(([currency, units]) => [currency, units.toString()]));
  return canonicalJson([price.units.toString(), price.asset, told, facts]);
}

/** What `extensionLine` wrote. */
export function extensionOf(line: string): ExtensionWords {
  const [units, asset, told, facts] = JSON.parse(line) as ExtensionLine;
  const amounts = new Map(Object.entries(told).map(([currency, amount]) => [currency, BigInt(amount)]));
  return { price: { units: BigInt(units), asset }, amounts, facts };
}

/** Charges as an extension left them. */
export function extendedBy(
  budgets: readonly BudgetCharge[],
  { amounts }: Pick<ExtensionWords, 'amounts'>,
): readonly BudgetCharge[] {
  return budgets.map((charge) => ({ ...charge, amount: amounts.get(charge.currency) ?? charge.amount }));
}
