import * as z from 'zod';
import { closed, flag, listOf, oneOf, someOf, textThat, wholeNumber } from '../../document/fields.ts';
import { namePattern, policyId } from '../../document/words.ts';
import { decimalAmount } from '../decimal-amount.ts';
import { exactName, sourceText } from '../imported.ts';

const patterns = (what: string) => someOf(namePattern, `patterns of ${what}`, 1000).exactOptional();

const symbol = textThat('a symbol of 1 to 32 visible ASCII characters', (text) =>
  /^[\x21-\x7e]{1,32}$/.test(text),
);

const serviceName = exactName('a service');

const conditions = closed({
  agents: patterns('agents'),
  recipients: patterns('recipients'),
  services: someOf(serviceName, 'services', 1000).exactOptional(),
  protocols: z.unknown().exactOptional(),
  minAmount: decimalAmount.exactOptional(),
  maxAmount: decimalAmount.exactOptional(),
  currencies: someOf(symbol, 'currencies', 100).exactOptional(),
  metadata: z.unknown().exactOptional(),
});

// The builders of the dialect leave descriptions that are present and undefined.
const description = sourceText.optional();

const rule = closed({
  id: sourceText,
  name: sourceText,
  description,
  enabled: flag,
  priority: z.number('expected a number, the lowest first'),
  conditions,
  action: oneOf(['allow', 'deny', 'require_approval', 'flag']),
});

const budget = closed({
  window: oneOf(['per_transaction', 'hourly', 'daily', 'weekly', 'monthly']),
  maxAmount: decimalAmount,
  currency: symbol.exactOptional(),
  agentIds: someOf(exactName('an agent'), 'agents', 1000).exactOptional(),
  serviceIds: someOf(serviceName, 'services', 1000).exactOptional(),
});

/** The `Policy` of the dialect. */
export const paySentryPolicy = closed({
  id: policyId,
  name: sourceText,
  description,
  rules: listOf(rule, 'rules', 500),
  budgets: listOf(budget, 'budgets', 100),
  cooldownMs: wholeNumber(0, 366 * 86_400_000).exactOptional(),
  enabled: flag,
});

/** A policy as PaySentry loads it. */
export type PaySentryPolicy = z.input<typeof paySentryPolicy>;

/** A rule as the builders make it. The lowest priority is asked first, and the first that matches decides. */
export type PaySentryRule = z.input<typeof rule>;

/** A policy that was read. */
export type PaySentryDocument = z.output<typeof paySentryPolicy>;

export type PaySentryConditions = z.output<typeof conditions>;
export type PaySentryBudget = z.output<typeof budget>;
