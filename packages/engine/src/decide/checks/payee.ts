import type { DenialCode } from '../../nouns/denial.ts';
import { categoryKey, type Payee, recipientKey } from '../../nouns/payee.ts';
import { listed, quoted } from '../../nouns/wording.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import type { Check, Findings, Question } from '../question.ts';
import { sectionSelector } from './tools.ts';

/** The sections about who receives the money, where and what for. */
export type PayeeSection = 'merchants' | 'networks' | 'categories';

/** How names and patterns of each section are compared. A chain has one spelling; addresses, hosts and words have several. */
export const PAYEE_KEYS: Readonly<Record<PayeeSection, (text: string) => string>> = {
  merchants: recipientKey,
  networks: (network) => network,
  categories: categoryKey,
};

interface Part {
  readonly section: PayeeSection;
  readonly field: keyof Payee;
  readonly denied: DenialCode;
  readonly notAllowed: DenialCode;
}

const PARTS: readonly Part[] = [
  {
    section: 'merchants',
    field: 'recipient',
    denied: 'MERCHANT_DENIED',
    notAllowed: 'MERCHANT_NOT_ALLOWED',
  },
  { section: 'networks', field: 'network', denied: 'NETWORK_DENIED', notAllowed: 'NETWORK_NOT_ALLOWED' },
  { section: 'categories', field: 'category', denied: 'CATEGORY_DENIED', notAllowed: 'CATEGORY_NOT_ALLOWED' },
];

/** Who may receive the money, on which network and what for. A call that pays and does not say so is objected to. */
export function payeeChecks(policy: string, document: NormalizedPolicy): readonly Check[] {
  return PARTS.flatMap((part) => {
    const { allow, deny = [] } = document[part.section] ?? {};
    return allow === undefined && deny.length === 0 ? [] : [listsCheck(policy, part, { allow, deny })];
  });
}

interface Lists {
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
}

function listsCheck(policy: string, part: Part, { allow, deny }: Lists): Check {
  const { section, field, denied, notAllowed } = part;
  const folded = PAYEE_KEYS[section];
  const denying = sectionSelector(`${section}.deny`, deny, { separator: 'none', folded });
  const allowing = allow && sectionSelector(`${section}.allow`, allow, { separator: 'none', folded });
  const passes = allow?.length === 0 ? `no ${field}` : listed(allow ?? []);
  return (question, findings) => {
    const name = question.call.payee[field];
    if (name === undefined) return missing(question, findings, { policy, section, field });
    const text = folded(name);
    const { reasons } = findings;
    const value = name;
    const [hit] = denying.select(text);
    if (hit !== undefined) {
      const by = hit.pattern === text ? '' : ` by ${quoted(hit.pattern)}`;
      const message = `policy \`${policy}\` denies the ${field} ${quoted(name, 100)}${by}`;
      const limit = `not ${quoted(hit.pattern)}`;
      reasons.push({ code: denied, message, policy, clause: hit.clause, value, limit });
    }
    if (allowing === undefined || allowing.select(text).length > 0) return;
    const message = `policy \`${policy}\` does not allow the ${field} ${quoted(name, 100)}; it allows ${passes}`;
    reasons.push({ code: notAllowed, message, policy, clause: `${section}.allow`, value, limit: passes });
  };
}

/** Objects to a call that does not say what a clause has to know, unless it pays nobody. */
export function missing(
  { tool, paysNobody }: Question,
  { reasons }: Findings,
  {
    policy,
    section,
    field,
  }: { readonly policy: string; readonly section: string; readonly field: keyof Payee },
): void {
  if (paysNobody) return;
  const message = `\`${tool}\` does not say its \`payee.${field}\`, which policy \`${policy}\` has to know`;
  const limit = `a call with \`payee.${field}\``;
  reasons.push({ code: 'PAYEE_UNKNOWN', message, policy, clause: section, value: 'nothing', limit });
}
