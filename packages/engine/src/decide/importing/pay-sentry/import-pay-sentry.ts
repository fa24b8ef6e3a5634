import { quoted } from '../../../nouns/wording.ts';
import { closed, someOf } from '../../document/fields.ts';
import type { PolicyDocument } from '../../document/schema.ts';
import { namePattern, toolPattern } from '../../document/words.ts';
import {
  currencyBySymbol,
  DOLLARS,
  exactName,
  type Imported,
  readOptions,
  readSource,
  recordOf,
  shortened,
  Translation,
} from '../imported.ts';
import { type BudgetGroup, budgetGroupsOf } from './budgets.ts';
import type { Reading } from './conditions.ts';
import { type PaySentryDocument, paySentryPolicy } from './document.ts';
import { refuseOthers } from './no-policy.ts';
import { rulesOf } from './rules.ts';

export interface PaySentryOptions {
  /** Patterns of the agents that the policy is for. @default every agent */
  readonly agents?: readonly string[];

  /** Who approves what the rules ask approval for. One of them is enough. Demanded where a rule asks. */
  readonly approvers?: readonly string[];

  /** What each currency of the document counts as. @default USDC, USDT and USD as USD */
  readonly currencies?: Readonly<Record<string, string>>;

  /** The tools of each service that the document names. Demanded where it names any. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
}

const options = closed({
  agents: someOf(namePattern, 'patterns of agents', 1000).exactOptional(),
  approvers: someOf(exactName('an approver'), 'approvers', 100).exactOptional(),
  currencies: currencyBySymbol,
  services: recordOf(
    exactName('a service'),
    someOf(
      toolPattern.refine((name) => !name.includes('*'), 'expected a tool name without `*`'),
      'tool names',
      1000,
    ),
    'expected services with the names of their tools',
  ).exactOptional(),
});

/**
 * Translates a PaySentry policy into one of ours, and one more for each list of agents that has budgets of its own. Of
 * its rules the first that matches decides; ours say the same in any order, except that a call which no rule matches is
 * denied. Amounts that the rules call `above` include the amount itself. Recipients are compared without case, and
 * without the full stop that a host may end in. Throws POLICY_INVALID for anything that the dialect does not have or that cannot be kept.
 */
export function importPaySentryPolicy(document: unknown, given: PaySentryOptions = {}): Imported {
  const { agents, approvers, currencies = DOLLARS, services = {} } = readOptions(options, given);
  refuseOthers(document);
  const source = readSource(paySentryPolicy, document);
  const translation = new Translation();
  const reading: Reading = {
    services: new Map(Object.entries(services)),
    currency: currencyOf(source, new Map(Object.entries(currencies)), translation),
    translation,
  };
  const [everybody, ...others] = budgetGroupsOf(source.budgets, { ...reading, agents });
  const policy: PolicyDocument = {
    ...common(source, agents),
    ...rulesOf(source.rules, { ...reading, approvers }),
    budgets: everybody?.budgets ?? [],
    ...cooldownOf(source, translation),
  };
  return translation.result([policy, ...others.map((group, index) => groupPolicy(source, group, index + 1))]);
}

function common(
  { id, name, description, enabled }: PaySentryDocument,
  agents: readonly string[] | undefined,
) {
  const text = description === undefined ? name : `${name}: ${description}`;
  return { id, description: shortened(text), enabled, ...(agents && { match: { agents: [...agents] } }) };
}

function groupPolicy(
  source: PaySentryDocument,
  { agents = [], budgets }: BudgetGroup,
  number: number,
): PolicyDocument {
  return { ...common(source, agents), id: `${source.id}/agents-${number}`, budgets };
}

/** What all amounts count as. A call meets every rule, so amounts of two currencies would deny every price. */
function currencyOf(
  { rules, budgets }: PaySentryDocument,
  known: ReadonlyMap<string, string>,
  translation: Translation,
): string {
  const places = [
    ...rules.flatMap(({ conditions: { currencies = [] } }, rule) =>
      currencies.map((symbol, index) => ({
        symbol,
        path: ['rules', rule, 'conditions', 'currencies', index],
      })),
    ),
    ...budgets.flatMap(({ currency }, budget) =>
      currency === undefined ? [] : [{ symbol: currency, path: ['budgets', budget, 'currency'] }],
    ),
  ];
  const explained = new Set<string>();
  let first: string | undefined;
  for (const { symbol, path } of places) {
    const currency = known.get(symbol);
    if (currency === undefined) {
      const message = `expected a currency that the option \`currencies\` says what counts as, got ${quoted(symbol)}`;
      translation.refuse(path, message);
      continue;
    }
    first ??= currency;
    if (currency !== first) {
      translation.refuse(
        path,
        `expected amounts of one currency, got ${currency} beside ${first}: no price is both`,
      );
    }
    if (explained.has(symbol)) continue;
    explained.add(symbol);
    translation.assumed(
      path,
      `${symbol} counts as ${currency}; a price that does not count as ${currency} is denied`,
    );
  }
  const currency = first ?? 'USD';
  if (hasUnnamedAmount({ rules, budgets }))
    translation.assumed([], `amounts without a currency are of ${currency}`);
  return currency;
}

function hasUnnamedAmount({ rules, budgets }: Pick<PaySentryDocument, 'rules' | 'budgets'>): boolean {
  return (
    budgets.some(({ currency }) => currency === undefined) ||
    rules.some(
      ({ conditions: { minAmount, maxAmount, currencies } }) =>
        currencies === undefined && (minAmount !== undefined || maxAmount !== undefined),
    )
  );
}

function cooldownOf(
  { cooldownMs = 0 }: PaySentryDocument,
  translation: Translation,
): Pick<PolicyDocument, 'cooldown'> {
  if (cooldownMs === 0) return {};
  const path = ['cooldownMs'];
  translation.assumed(path, 'the pause is between any two calls of an agent, and a denied call starts none');
  const seconds = Math.ceil(cooldownMs / 1_000);
  const [count, unit] = seconds > 999_999 ? [Math.ceil(seconds / 60), 'm'] : [seconds, 's'];
  if (count * (unit === 'm' ? 60_000 : 1_000) !== cooldownMs) {
    translation.stricter(path, `the pause is rounded up to \`${count}${unit}\``);
  }
  return { cooldown: `${count}${unit}` };
}
