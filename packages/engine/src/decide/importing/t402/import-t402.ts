import { formatCurrency } from '../../../nouns/money.ts';
import { closed, someOf } from '../../document/fields.ts';
import type { PolicyDocument } from '../../document/schema.ts';
import { policyId } from '../../document/words.ts';
import {
  agentId,
  currencyBySymbol,
  DOLLARS,
  exactName,
  type Imported,
  ONE_OWNER,
  readOptions,
  readSource,
  SAME_HOST,
  Translation,
} from '../imported.ts';
import { Amounts } from './amounts.ts';
import { approvalsOf } from './approvals.ts';
import { type AgentPolicy, agentPolicy } from './document.ts';
import { scheduleOf } from './time-rules.ts';

export interface T402Options {
  /** The agent whose policy it is: the document does not name it. */
  readonly agent: string;

  /** Id of the policy. @default the agent */
  readonly id?: string;

  /** The owner of the agent. @default whoever owns it */
  readonly owner?: string;

  /** Who approves where the document has `requireApproval`, which names nobody. One of them is enough. */
  readonly approvers?: readonly string[];

  /** What each symbol counts as. An amount without a symbol is of USDT. @default USDC, USDT, USDT0 and USD as USD */
  readonly currencies?: Readonly<Record<string, string>>;
}

const options = closed({
  agent: agentId,
  id: policyId.exactOptional(),
  owner: exactName('an owner').exactOptional(),
  approvers: someOf(exactName('an approver'), 'approvers', 100).exactOptional(),
  currencies: currencyBySymbol,
});

/** Limits of the dialect with the windows of ours. */
const WINDOWS = [
  ['hourly', 'hour'],
  ['daily', 'day'],
  ['weekly', 'week'],
  ['monthly', 'month'],
  ['yearly', 'year'],
  ['lifetime', 'lifetime'],
] as const;

/**
 * Translates an `AgentPolicy` of t402 into one of ours for one agent. Amounts are exact, thresholds include their
 * amount, and an empty allow list allows nothing. A disabled policy denies every call of its agent, as it does there.
 * Throws POLICY_INVALID for anything that the dialect does not have or that cannot be kept.
 */
export function importT402Policy(document: unknown, given: T402Options): Imported {
  const { agent, id = agent, owner, approvers, currencies } = readOptions(options, given);
  const source = readSource(agentPolicy, document);
  const translation = new Translation();
  const amounts = new Amounts(currencies ?? { ...DOLLARS, USDT0: 'USD' }, translation);
  const policy: PolicyDocument = {
    id,
    match: { agents: [agent], ...(owner !== undefined && { owners: [owner] }) },
    ...disabled(source, translation),
    ...budgetsOf(source.limits, amounts, translation),
    ...scheduleOf(source.timeRules, translation),
    ...merchantsOf(source.merchantRules, translation),
    ...networksOf(source.networkRules, translation),
    ...categoriesOf(source.categoryRules, translation),
    ...approvalsOf(source, { amounts, approvers, translation }),
  };
  if (owner === undefined && source.limits !== undefined) translation.assumed(['limits'], ONE_OWNER);
  return translation.result([policy]);
}

function disabled({ enabled }: AgentPolicy, translation: Translation): Pick<PolicyDocument, 'tools'> {
  if (enabled !== false) return {};
  translation.assumed(
    ['enabled'],
    'a disabled policy denies every call of its agent, as it denied every payment there',
  );
  return { tools: { allow: [] } };
}

function budgetsOf(
  limits: AgentPolicy['limits'],
  amounts: Amounts,
  translation: Translation,
): Pick<PolicyDocument, 'budgets'> {
  if (limits === undefined) return {};
  const counted = (name: keyof typeof limits): string | undefined => {
    const amount = limits[name];
    const read = amount && amounts.read(amount, ['limits', name]);
    if (read === undefined) return undefined;
    const limit = formatCurrency(read.floor, read.currency);
    if (read.floor !== read.ceiling) {
      translation.stricter(
        ['limits', name],
        `the limit is rounded down to \`${limit}\`: budgets count in millionths`,
      );
    }
    return limit;
  };
  const cap = counted('perTransaction');
  const windows = WINDOWS.flatMap(([name, window]) => {
    const limit = counted(name);
    if (limit === undefined) return [];
    if (window !== 'lifetime') translation.assumed(['limits', name], calendarOf(window));
    return [{ scope: 'agent', window, limit } as const];
  });
  return {
    budgets: [
      ...(cap === undefined ? [] : [{ scope: 'call', window: 'call', limit: cap } as const]),
      ...windows,
    ],
  };
}

function calendarOf(window: string): string {
  if (window === 'week') return 'the week is that of UTC and begins on Monday; there it began on Sunday';
  return `the ${window} is that of UTC; there it was that of the server`;
}

function merchantsOf(
  rules: AgentPolicy['merchantRules'],
  translation: Translation,
): Pick<PolicyDocument, 'merchants'> {
  const { whitelist, blacklist, requireWhitelist } = rules ?? {};
  if ([whitelist, blacklist].some((names = []) => names.length > 0))
    translation.assumed(['merchantRules'], SAME_HOST);
  if (whitelist?.length !== 0 || requireWhitelist === true) {
    const allow = requireWhitelist === true ? (whitelist ?? []) : whitelist;
    return section('merchants', allow, blacklist);
  }
  const path = ['merchantRules', 'whitelist'];
  if (requireWhitelist === false) {
    translation.assumed(path, 'an empty list that is not required restricts nothing');
    return section('merchants', undefined, blacklist);
  }
  translation.stricter(
    path,
    'an empty list allows no recipient; leave it out, or set `requireWhitelist` to `false`',
  );
  return section('merchants', [], blacklist);
}

function networksOf(
  rules: AgentPolicy['networkRules'],
  translation: Translation,
): Pick<PolicyDocument, 'networks'> {
  const { allowedNetworks: allow, blockedNetworks: deny } = rules ?? {};
  if (allow?.length === 0) {
    translation.stricter(
      ['networkRules', 'allowedNetworks'],
      'an empty list allows no network; leave it out to allow any',
    );
  }
  return section('networks', allow, deny);
}

function categoriesOf(
  rules: AgentPolicy['categoryRules'],
  translation: Translation,
): Pick<PolicyDocument, 'categories'> {
  const { allowedCategories: allow, blockedCategories: deny = [] } = rules ?? {};
  const path = ['categoryRules'];
  if (allow?.length === 0) {
    translation.stricter(
      [...path, 'allowedCategories'],
      'an empty list allows no category; leave it out to allow any',
    );
  }
  if (allow === undefined && deny.length > 0) {
    const message = 'a payment without a category is denied: nobody can know that it is none of these';
    translation.stricter([...path, 'blockedCategories'], message);
  }
  return section('categories', allow, deny);
}

function section<const Name extends 'merchants' | 'networks' | 'categories'>(
  name: Name,
  allow: readonly string[] | undefined,
  deny: readonly string[] = [],
): Partial<Record<Name, { allow?: string[]; deny?: string[] }>> {
  if (allow === undefined && deny.length === 0) return {};
  const lists = { ...(allow && { allow: [...allow] }), ...(deny.length > 0 && { deny: [...deny] }) };
  const sections: Partial<Record<Name, { allow?: string[]; deny?: string[] }>> = {};
  sections[name] = lists;
  return sections;
}
