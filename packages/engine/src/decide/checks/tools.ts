import { listed } from '../../nouns/wording.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { hasStar } from '../matching/glob.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Check } from '../question.ts';

/** One pattern of an allow or a deny list. */
export interface Listed extends Ordered {
  readonly pattern: string;

  /** Where it stands: `tools.deny[0]`. */
  readonly clause: string;
}

/** Tools that a policy denies, and those that it allows where it says so. */
export function toolChecks(policy: string, { tools = {} }: NormalizedPolicy): readonly Check[] {
  const { allow, deny = [] } = tools;
  return [
    ...(deny.length === 0 ? [] : [deniedTools(policy, deny)]),
    ...(allow === undefined ? [] : [allowedTools(policy, { allow, deny })]),
  ];
}

/** How the names of a list are compared. */
export interface Comparing {
  readonly separator: '/' | 'none';

  /** @default as they are */
  readonly folded?: (text: string) => string;
}

/** Finds the patterns of a list that match a text. */
export function listSelector(
  clause: string,
  patterns: readonly string[],
  { separator, folded = (text) => text }: Comparing,
): Selector<Listed> {
  return new Selector(
    patterns.map(folded).map((pattern, order) => ({
      item: { order, pattern, clause: `${clause}[${order}]` },
      patterns: [pattern],
    })),
    separator,
  );
}

const inherited = new WeakMap<readonly string[], Selector<Listed>>();

/** As `listSelector`, made once for a section that many policies inherit: they hold the very same list. */
export function sectionSelector(
  clause: string,
  patterns: readonly string[],
  comparing: Comparing,
): Selector<Listed> {
  const made = inherited.get(patterns) ?? listSelector(clause, patterns, comparing);
  inherited.set(patterns, made);
  return made;
}

function deniedTools(policy: string, patterns: readonly string[]): Check {
  const deny = sectionSelector('tools.deny', patterns, { separator: '/' });
  return ({ tool }, { reasons }) => {
    const [denied] = deny.select(tool);
    if (denied === undefined) return;
    const { clause, pattern } = denied;
    const by = pattern === tool ? '' : ` by \`${pattern}\``;
    const message = `policy \`${policy}\` denies \`${tool}\`${by}`;
    reasons.push({ code: 'TOOL_DENIED', message, policy, clause, value: tool, limit: `not \`${pattern}\`` });
  };
}

function allowedTools(
  policy: string,
  lists: { readonly allow: readonly string[]; readonly deny: readonly string[] },
): Check {
  const allow = sectionSelector('tools.allow', lists.allow, { separator: '/' });
  const denied = sectionSelector('tools.deny', lists.deny, { separator: '/' });
  // A name that the same policy denies is no way out.
  const open = lists.allow.filter((pattern) => hasStar(pattern) || denied.select(pattern).length === 0);
  const limit = open.length === 0 ? 'no tool' : listed(open);
  return ({ tool }, { reasons }) => {
    if (allow.select(tool).length > 0) return;
    const message = `policy \`${policy}\` does not allow \`${tool}\`; it allows ${limit}`;
    reasons.push({ code: 'TOOL_NOT_ALLOWED', message, policy, clause: 'tools.allow', value: tool, limit });
  };
}
