import type { PaySentryRule } from './document.ts';

/** A rule that denies an amount or more. An amount that equals it is denied too, whatever the name says. */
export function blockAbove(amount: number, currency: string): PaySentryRule {
  return {
    ...named(`block-above-${amount}-${currency}`, `no payment of ${amount} ${currency} or more`),
    priority: 10,
    conditions: { minAmount: amount, currencies: [currency] },
    action: 'deny',
  };
}

/** A rule that asks people about an amount or more. An amount that equals it asks too, whatever the name says. */
export function requireApprovalAbove(amount: number, currency: string): PaySentryRule {
  return {
    ...named(`approval-above-${amount}-${currency}`, `approval from ${amount} ${currency} on`),
    priority: 20,
    conditions: { minAmount: amount, currencies: [currency] },
    action: 'require_approval',
  };
}

/** A rule that denies the recipients of a pattern, where `*` stands for any characters and `?` for one. */
export function blockRecipient(pattern: string): PaySentryRule {
  return {
    ...named(`block-recipient-${pattern}`, `no payment to ${pattern}`),
    priority: 5,
    conditions: { recipients: [pattern] },
    action: 'deny',
  };
}

/** A rule that allows the recipients of some patterns. Others meet the rules after it: end with `denyAll()`. */
export function allowOnlyRecipients(...patterns: string[]): PaySentryRule {
  return {
    ...named('allow-recipients', `payments to ${patterns.join(', ')}`),
    priority: 50,
    conditions: { recipients: patterns },
    action: 'allow',
  };
}

/** A last rule that allows whatever no rule before it matched. */
export function allowAll(): PaySentryRule {
  return { ...named('allow-all', 'everything else'), priority: 9999, conditions: {}, action: 'allow' };
}

/** A last rule that denies whatever no rule before it matched. */
export function denyAll(): PaySentryRule {
  return { ...named('deny-all', 'nothing else'), priority: 9999, conditions: {}, action: 'deny' };
}

function named(id: string, name: string) {
  return { id, name, enabled: true };
}
