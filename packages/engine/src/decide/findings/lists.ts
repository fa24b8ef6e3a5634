import { PAYEE_KEYS, type PayeeSection } from '../checks/payee.ts';
import { accountKey } from '../checks/payments.ts';
import type { NormalizedPolicy } from '../document/schema.ts';

/** A list of names or patterns, wherever a document has one. */
export interface NameList {
  readonly section: keyof NormalizedPolicy;

  /** Where in the section. */
  readonly steps: readonly PropertyKey[];
  readonly names: readonly string[];
  readonly ofTools: boolean;

  /** How names of this kind are compared. */
  readonly folded: (text: string) => string;
}

type Kind = 'tools' | 'exact' | 'accounts' | PayeeSection;

const FOLDED: Readonly<Record<Kind, (text: string) => string>> = {
  tools: (text) => text,
  exact: (text) => text,
  accounts: accountKey,
  ...PAYEE_KEYS,
};

/** Every list of names and patterns of a document, in the order of its sections. */
export function listsOf(document: NormalizedPolicy): readonly NameList[] {
  const lists: NameList[] = [];
  const add = (kind: Kind, names: readonly string[] | undefined, [section, ...steps]: Place): void => {
    if (names === undefined) return;
    lists.push({ section, steps, names, ofTools: kind === 'tools', folded: FOLDED[kind] });
  };
  for (const [field, names] of Object.entries(document.match ?? {})) add('exact', names, ['match', field]);
  for (const section of ALLOW_AND_DENY) {
    add(section, document[section]?.allow, [section, 'allow']);
    add(section, document[section]?.deny, [section, 'deny']);
  }
  addClauses(document, add);
  return lists;
}

const ALLOW_AND_DENY = ['tools', 'merchants', 'networks', 'categories'] as const;

type Place = readonly [section: keyof NormalizedPolicy, ...steps: PropertyKey[]];
type Add = (kind: Kind, names: readonly string[] | undefined, place: Place) => void;

function addClauses(document: NormalizedPolicy, add: Add): void {
  const {
    effects,
    budgets = [],
    rates = [],
    classes = {},
    approvals = [],
    rules = [],
    sessions,
    payments,
  } = document;
  add('exact', effects?.allow, ['effects', 'allow']);
  for (const [effect, names] of Object.entries(effects?.overrides ?? {}))
    add('tools', names, ['effects', 'overrides', effect]);
  for (const [index, { tools }] of budgets.entries()) add('tools', tools, ['budgets', index, 'tools']);
  for (const [index, { tools }] of rates.entries()) add('tools', tools, ['rates', index, 'tools']);
  for (const [name, names] of Object.entries(classes)) add('tools', names, ['classes', name]);
  for (const [index, { when }] of approvals.entries()) {
    if (when === 'always') continue;
    add('exact', when.effects, ['approvals', index, 'when', 'effects']);
    add('tools', when.tools, ['approvals', index, 'when', 'tools']);
  }
  for (const [index, { tools }] of rules.entries()) add('tools', tools, ['rules', index, 'tools']);
  add('tools', sessions?.elevation?.tools, ['sessions', 'elevation', 'tools']);
  add('exact', payments?.schemes, ['payments', 'schemes']);
  add('accounts', payments?.payees, ['payments', 'payees']);
}
