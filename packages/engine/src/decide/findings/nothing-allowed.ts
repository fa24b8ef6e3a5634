import { listed, quoted } from '../../nouns/wording.ts';
import { hasStar } from '../matching/glob.ts';
import { payeeLists } from './entries.ts';
import type { Examined, Found } from './examined.ts';

/** Lists of one policy that let nothing pass. */
export function closedLists(policy: Examined): readonly Found[] {
  const { tools, document } = policy;
  const found = (section: Found['section'], steps: readonly PropertyKey[], message: string): Found => ({
    code: 'NOTHING_ALLOWED',
    section,
    steps,
    message,
  });
  const noTool = tools.any ? [] : [found('tools', [tools.allow === undefined ? 'deny' : 'allow'], NO_TOOL)];
  const noEffect = policy.effects.length > 0 ? [] : [found('effects', ['allow'], NO_EFFECT)];
  const noTime = document.schedule?.allow?.length === 0 ? [found('schedule', ['allow'], NO_TIME)] : [];
  const noPayee = payeeLists(policy).flatMap(({ section, lists }) =>
    lists.any ? [] : [found(section, [lists.allow === undefined ? 'deny' : 'allow'], NO_PAYEE)],
  );
  return [...noTool, ...noEffect, ...noTime, ...noPayee];
}

const NO_TOOL = 'the lists leave no tool, so every call is denied; allow one, or disable the policy';
const NO_EFFECT = 'no effect is left, so every call is denied; allow `read` at least, or disable the policy';
const NO_TIME = 'an empty list is never open, so every call is denied; add a window, or leave the list out';
const NO_PAYEE =
  'the lists leave nobody who can be paid, so only calls that pay nobody pass; allow somebody, or leave the lists out';

/**
 * Policies that apply to the same calls and together leave no tool, though each by itself leaves some. Found where they
 * match everybody or have equal `match`, and one of them allows by names alone.
 */
export function disjointPolicies(
  policies: readonly Examined[],
): readonly { readonly policy: Examined; readonly found: Found }[] {
  const replaceable = new Set(policies.flatMap(({ bases }) => bases));
  const groups = new Map<string, Examined[]>();
  for (const policy of policies) {
    if (policy.allowsNothing || replaceable.has(policy.document.id)) continue;
    const key = whomOf(policy);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [policy]);
    else group.push(policy);
  }
  const everywhere = groups.get(EVERYBODY) ?? [];
  const together = report(everywhere);
  if (together.length > 0) return together;
  return [...groups].flatMap(([key, group]) => (key === EVERYBODY ? [] : report([...everywhere, ...group])));
}

const EVERYBODY = '[]';

/** Whether it applies to every call. */
export function concernsEverybody(policy: Examined): boolean {
  return whomOf(policy) === EVERYBODY;
}

/** Equal for policies of equal `match`. A field with a star for everything asks for nothing. */
function whomOf({ document: { match = {} } }: Examined): string {
  const fields = Object.entries(match)
    .filter(([, names]) => !names.some((name) => name === '*' || name === '**'))
    .map(([field, names]) => [field, [...new Set(names)].sort()] as const);
  return JSON.stringify(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function report(
  policies: readonly Examined[],
): readonly { readonly policy: Examined; readonly found: Found }[] {
  if (policies.length < 2) return [];
  const restricting = policies.filter(({ tools: { allow } }) => allow !== undefined);
  const naming = restricting.filter(
    ({ tools: { allow } }) => allow?.every((name) => !hasStar(name)) === true,
  );
  const [shortest] = naming.toSorted(
    (one, other) => (one.tools.allow?.length ?? 0) - (other.tools.allow?.length ?? 0),
  );
  const last = restricting.at(-1);
  if (shortest === undefined || last === undefined) return [];
  const isLeft = (name: string): boolean =>
    policies.every((policy) => !policy.effort.take(1) || policy.tools.has(name));
  if (shortest.tools.allow?.some(isLeft) !== false) return [];
  const others = policies.filter((policy) => policy !== last).map(({ document: { id } }) => id);
  const message = `${quoted(last.document.id)} applies together with ${listed(others)}, and no tool is allowed by all of them; allow one in each, or narrow \`match\``;
  return [{ policy: last, found: { code: 'NOTHING_ALLOWED', section: 'tools', steps: ['allow'], message } }];
}
