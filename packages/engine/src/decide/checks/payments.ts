import { listed, quoted } from '../../nouns/wording.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import type { Check } from '../question.ts';
import { missing } from './payee.ts';
import { capCheck } from './price.ts';

/**
 * What a payment over a rail may look like. A call whose payee has a scheme or a network is one, and has to say what the
 * clauses ask for.
 */
export function paymentChecks(policy: string, { payments = {} }: NormalizedPolicy): readonly Check[] {
  const { schemes, maxAuthorization, payees } = payments;
  const checks = [
    ...(schemes === undefined ? [] : [schemesCheck(policy, schemes)]),
    ...(payees === undefined ? [] : [payeesCheck(policy, payees)]),
    ...(maxAuthorization === undefined
      ? []
      : [capCheck({ policy, clause: 'payments.maxAuthorization' }, maxAuthorization)]),
  ];
  if (checks.length === 0) return [];
  return [
    (question, findings) => {
      const { scheme, network } = question.call.payee;
      if (scheme === undefined && network === undefined) return;
      for (const check of checks) check(question, findings);
    },
  ];
}

function schemesCheck(policy: string, schemes: readonly string[]): Check {
  const known = new Set(schemes);
  const limit = schemes.length === 0 ? 'no scheme' : listed(schemes);
  return (question, findings) => {
    const { scheme } = question.call.payee;
    if (scheme === undefined)
      return missing(question, findings, { policy, section: 'payments.schemes', field: 'scheme' });
    if (known.has(scheme)) return;
    const message = `policy \`${policy}\` does not allow payments by ${quoted(scheme)}; it allows ${limit}`;
    const clause = 'payments.schemes';
    findings.reasons.push({ code: 'PAYMENT_NOT_ALLOWED', message, policy, clause, value: scheme, limit });
  };
}

function payeesCheck(policy: string, payees: readonly string[]): Check {
  const known = new Set(payees.map(accountKey));
  const limit = payees.length === 0 ? 'no account' : listed(payees);
  return (question, findings) => {
    const { network, recipient } = question.call.payee;
    const section = 'payments.payees';
    if (network === undefined) return missing(question, findings, { policy, section, field: 'network' });
    if (recipient === undefined) return missing(question, findings, { policy, section, field: 'recipient' });
    const account = `${network}:${recipient}`;
    if (known.has(accountKey(account))) return;
    const message = `policy \`${policy}\` does not allow payments to ${quoted(account, 200)}; it allows ${limit}`;
    findings.reasons.push({
      code: 'PAYMENT_NOT_ALLOWED',
      message,
      policy,
      clause: section,
      value: account,
      limit,
    });
  };
}

/** Addresses are compared without regard to case; the chain before them is compared exactly. */
export function accountKey(account: string): string {
  const address = account.split(':').slice(2).join(':');
  return account.slice(0, account.length - address.length) + address.toLowerCase();
}
