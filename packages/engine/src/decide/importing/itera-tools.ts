import type * as z from 'zod';
import { formatCurrency } from '../../nouns/money.ts';
import { isToolName } from '../../nouns/tool-name.ts';
import { closed, listOf, textThat, wholeNumber } from '../document/fields.ts';
import type { PolicyDocument } from '../document/schema.ts';
import { policyId, someTools } from '../document/words.ts';
import { Glob } from '../matching/glob.ts';
import { decimalAmount, microsOf } from './decimal-amount.ts';
import {
  agentId,
  exactName,
  type Imported,
  ONE_OWNER,
  readOptions,
  readSource,
  recordOf,
  Translation,
} from './imported.ts';

const ONE_OF_EACH = 'an agent is counted apart for each owner and tenant, so one of each is assumed';

const CLASSES = ['light', 'medium', 'heavy'] as const;

type ClassName = (typeof CLASSES)[number];

const toolNames = listOf(textThat('a tool name', isToolName), 'tool names', 1000).exactOptional();
const calls = wholeNumber(0, 1_000_000).exactOptional();

const keyPolicy = closed({
  allow_tools: toolNames,
  deny_tools: toolNames,
  rate_class_quota: closed({ light: calls, medium: calls, heavy: calls }).exactOptional(),
  spend_limit_usd: decimalAmount.exactOptional(),
});

type KeyPolicy = z.output<typeof keyPolicy>;

const classes = closed({
  light: someTools.exactOptional(),
  medium: someTools.exactOptional(),
  heavy: someTools.exactOptional(),
}).exactOptional();

/** Which tools belong to which rate class, as patterns. The dialect does not say it; its server knows. */
export interface IteraToolsClasses {
  readonly light?: readonly string[];
  readonly medium?: readonly string[];
  readonly heavy?: readonly string[];
}

export interface IteraToolsOptions {
  /** The agent that holds the key. It is also the id of the policy. */
  readonly agent: string;

  /** The owner of the agent. @default whoever owns it */
  readonly owner?: string;

  /** Demanded for every class that has a quota. */
  readonly classes?: IteraToolsClasses;
}

const options = closed({ agent: agentId, owner: exactName('an owner').exactOptional(), classes });

/**
 * Translates the IteraTools policy of one key (`allow_tools`, `deny_tools`, `rate_class_quota`, `spend_limit_usd`) into
 * one of ours for the agent that holds the key. A deny list beats an allow list, and an empty allow list allows
 * nothing. Throws POLICY_INVALID for anything that the dialect does not have, and for a quota of an unknown class.
 */
export function importIteraToolsPolicy(document: unknown, given: IteraToolsOptions): Imported {
  const { agent, owner, classes: named = {} } = readOptions(options, given);
  const translation = new Translation();
  const source = readSource(keyPolicy, document);
  explain(source, [], translation);
  if (owner === undefined && isCounted(source)) translation.assumed([], ONE_OWNER);
  const policy: PolicyDocument = {
    id: agent,
    match: { agents: [agent], ...(owner === undefined ? {} : { owners: [owner] }) },
    ...sectionsOf(source, { path: [], classes: named, translation }),
  };
  return translation.result([policy]);
}

/** A default for every key, and what single keys say instead. */
export interface IteraToolsTiers {
  /** The policy of `policies.json`. */
  readonly global: unknown;

  /** The policies of single keys, by the agent that holds the key. Never by the key itself, which is a secret. */
  readonly keys: Readonly<Record<string, unknown>>;
}

export interface IteraToolsTiersOptions {
  /** Id of the policy that is the default. @default 'iteratools' */
  readonly id?: string;

  /** Demanded for every class that has a quota. */
  readonly classes?: IteraToolsClasses;
}

const tiers = closed({
  global: keyPolicy,
  keys: recordOf(
    agentId,
    keyPolicy,
    'expected the policies of keys, by the id of the agent that holds the key',
  ),
});

const tiersOptions = closed({ id: policyId.exactOptional(), classes });

/**
 * Translates both tiers: the global policy applies to every agent but those with a policy of their own, which stands in
 * for it. What a key leaves out it takes from the global policy, key by key and class by class.
 */
export function importIteraToolsPolicies(
  documents: IteraToolsTiers,
  given: IteraToolsTiersOptions = {},
): Imported {
  const { id = 'iteratools', classes: named = {} } = readOptions(tiersOptions, given);
  const translation = new Translation();
  const { global, keys } = readSource(tiers, documents);
  explain(global, ['global'], translation);
  if ([global, ...Object.values(keys)].some(isCounted)) translation.assumed([], ONE_OF_EACH);
  const base = sectionsOf(global, { path: ['global'], classes: named, translation });
  const heirs = Object.entries(keys).map(([agent, own]): PolicyDocument => {
    const path = ['keys', agent];
    explain(own, path, translation);
    if (agent === id)
      translation.refuse(path, `expected another agent than \`${id}\`, the id of the global policy`);
    return {
      id: agent,
      extends: id,
      match: { agents: [agent] },
      ...sectionsOf(over(global, own), { path, classes: named, translation }),
    };
  });
  return translation.result([{ id, ...base }, ...heirs]);
}

function isCounted({ spend_limit_usd: daily, rate_class_quota: quota = {} }: KeyPolicy): boolean {
  return daily !== undefined || Object.keys(quota).length > 0;
}

function over(global: KeyPolicy, own: KeyPolicy): KeyPolicy {
  const quota = { ...global.rate_class_quota, ...own.rate_class_quota };
  return { ...global, ...own, rate_class_quota: quota };
}

interface Context {
  readonly path: readonly string[];
  readonly classes: IteraToolsClasses;
  readonly translation: Translation;
}

/** Always all sections, so that nothing is inherited but what was merged here. */
function sectionsOf(source: KeyPolicy, { path, classes: named, translation }: Context) {
  const {
    allow_tools: allow,
    deny_tools: deny,
    rate_class_quota: quota = {},
    spend_limit_usd: daily,
  } = source;
  const limited = CLASSES.filter((name) => quota[name] !== undefined);
  for (const name of limited.filter((each) => named[each] === undefined)) {
    translation.refuse(
      [...path, 'rate_class_quota', name],
      `expected the option \`classes.${name}\`, the tools of this class, as the document does not say them`,
    );
  }
  checkCovered(source, limited, { path, classes: named, translation });
  const limit = daily === undefined ? undefined : formatCurrency(microsOf(daily) ?? 0n, 'USD');
  return {
    tools: { ...(allow && { allow }), ...(deny && { deny }) },
    budgets: limit === undefined ? [] : [{ scope: 'agent', window: 'day', limit } as const],
    rates: limited.map(
      (name) => ({ scope: 'agent', limit: quota[name] ?? 0, per: 'minute', class: name }) as const,
    ),
    classes: Object.fromEntries(limited.map((name) => [name, [...(named[name] ?? [])]])),
  };
}

/** With a quota for every class there is no tool without one, so a tool in no class would escape them all. */
function checkCovered(
  { allow_tools: allow }: KeyPolicy,
  limited: readonly ClassName[],
  { path, classes: named, translation }: Context,
): void {
  if (limited.length === 0) return;
  const globs = limited.flatMap((name) => named[name] ?? []).map((pattern) => new Glob(pattern, '/'));
  if (allow === undefined || limited.length < CLASSES.length) {
    const message = 'a tool that is in none of `classes` with a quota has no quota';
    translation.assumed([...path, 'rate_class_quota'], message);
    return;
  }
  for (const [index, tool] of allow.entries()) {
    if (globs.some((glob) => glob.matches(tool))) continue;
    const message = `expected a tool of one of \`classes\`, as every class has a quota, got \`${tool}\``;
    translation.refuse([...path, 'allow_tools', index], message);
  }
}

function explain(source: KeyPolicy, path: readonly string[], translation: Translation): void {
  const { allow_tools: allow, spend_limit_usd: daily } = source;
  explainPacks(source, path, translation);
  if (allow?.length === 0) translation.assumed([...path, 'allow_tools'], 'an empty list allows no tool');
  if (daily !== undefined) translation.assumed([...path, 'spend_limit_usd'], 'the day is that of UTC');
}

/** A pack is a list of tools that only the server of the dialect knows; here it is the name of a tool like any other. */
function explainPacks(
  { allow_tools: allow = [], deny_tools: deny = [] }: KeyPolicy,
  path: readonly string[],
  translation: Translation,
): void {
  for (const [index, tool] of allow.entries()) {
    if (!tool.startsWith('pack/')) continue;
    const message = `a pack does not say its tools, so this allows only a tool that is named \`${tool}\`; name the tools of the pack instead`;
    translation.stricter([...path, 'allow_tools', index], message);
  }
  for (const [index, tool] of deny.entries()) {
    if (!tool.startsWith('pack/')) continue;
    const message = `a pack does not say its tools, so this denies only a tool that is named \`${tool}\`; name the tools of the pack instead`;
    translation.notExpressed([...path, 'deny_tools', index], message);
  }
}
