import { formatCurrency, money } from '../../nouns/money.ts';
import { quoted } from '../../nouns/wording.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Price } from '../price.ts';
import type { Check, Findings, Place, Question } from '../question.ts';

/** A threshold in micro-units of a currency. */
export interface Threshold {
  readonly currency: string;
  readonly limit: bigint;

  /** The limit for people. */
  readonly text: string;
}

/** The threshold that a normalized amount such as `5.00 USD` stands for. */
export function thresholdOf(text: string): Threshold {
  const { units, asset } = money(text);
  const currency = asset.slice(0, 3);
  return { currency, limit: units, text: formatCurrency(units, currency) };
}

interface Cap extends Ordered, Place, Threshold {}

/** Most that one call may cost. A price equal to the cap passes. */
export function capChecks(policy: string, { budgets = [] }: NormalizedPolicy): readonly Check[] {
  const caps = budgets.flatMap(({ scope, limit, tools }, order) => {
    if (scope !== 'call') return [];
    const item: Cap = { policy, order, clause: `budgets[${order}]`, ...thresholdOf(limit) };
    return [{ item, patterns: tools }];
  });
  if (caps.length === 0) return [];
  const selector = new Selector<Cap>(caps, '/');
  return [
    (question, findings) => {
      for (const cap of selector.select(question.tool)) compare(question, findings, cap);
    },
  ];
}

/** One cap for every call. */
export function capCheck(place: Place, amount: string): Check {
  const cap = { ...place, ...thresholdOf(amount) };
  return (question, findings) => compare(question, findings, cap);
}

/** Objects to a price in an asset that a clause cannot count. */
export function assetUnknown(
  price: Price,
  { reasons }: Findings,
  where: Place & Pick<Threshold, 'currency'>,
): void {
  const { policy, clause, currency } = where;
  const asset = quoted(price.asset, 300);
  const message = `${asset} does not count as ${currency}, which policy \`${policy}\` limits`;
  const limit = `an asset that counts as ${currency}`;
  reasons.push({ code: 'ASSET_UNKNOWN', message, policy, clause, value: asset.slice(1, -1), limit });
}

function compare({ tool, price }: Question, findings: Findings, cap: Place & Threshold): void {
  const units = price.in(cap.currency);
  if (units === undefined) return assetUnknown(price, findings, cap);
  if (units <= cap.limit) return;
  const { policy, clause, text: limit } = cap;
  const value = formatCurrency(units, cap.currency);
  const message = `\`${tool}\` costs ${value}; policy \`${policy}\` lets one call cost at most ${limit}`;
  findings.reasons.push({ code: 'PRICE_ABOVE_CAP', message, policy, clause, value, limit });
}
