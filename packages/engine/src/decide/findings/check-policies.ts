import type { PolicyFinding } from '../../nouns/policies.ts';
import { pathText } from '../../nouns/wording.ts';
import { inherit, type Inherited } from '../document/inherit.ts';
import { byPath, policyInvalid, type Problem, problemsOf } from '../document/problems.ts';
import { policiesSchema } from '../document/schema.ts';
import { confusableNames, type ToolList } from './confusable.ts';
import { contradictedLimits } from './contradicted.ts';
import { Effort } from './effort.ts';
import { idleEntries } from './entries.ts';
import { Examined, type Found, type Section } from './examined.ts';
import { heirFindings } from './heirs/index.ts';
import { listsOf } from './lists.ts';
import { narrowPatterns } from './narrow.ts';
import { closedLists, disjointPolicies } from './nothing-allowed.ts';
import { unreachableClauses } from './unreachable.ts';

/** Steps that one check may take; some tenths of a second. */
const MAX_STEPS = 3_000_000;

type Path = readonly PropertyKey[];
type PathOf = (policy: Examined, section: Section, steps: Path) => Path;

/**
 * What is probably not meant in documents that are valid: heirs that drop what their base forbids, patterns that stop at
 * a slash, clauses without effect, limits that are never reached, names that people confuse, policies that allow
 * nothing. A finding is certain; what cannot be decided is not reported.
 *
 * Disabled policies are left out. What a policy inherits is judged where it applies and reported where it was written.
 * A clause without effect is only reported when it is idle in every policy that has it. Throws POLICY_INVALID for
 * documents that the schema refuses.
 */
export function checkPolicies(documents: readonly unknown[]): readonly PolicyFinding[] {
  const { policies, known, pathOf } = examined(documents);
  const applying = policies.filter(({ matchesNobody }) => !matchesNobody);
  const lists = toolLists(applying, pathOf);
  const slashed = lists
    .flatMap(({ names, path }) => names.map((name, index) => ({ name, path: [...path, index] })))
    .find(({ name }) => name.includes('/'));
  const anywhere = [
    ...heirFindings(policies, known),
    ...applying.flatMap((policy) => narrowPatterns(policy, slashed).map((found) => ({ policy, found }))),
  ];
  return [
    ...once(anywhere, pathOf),
    ...foundEverywhere(policies, pathOf),
    ...once(disjointPolicies(applying), pathOf),
    ...confusableNames(lists),
  ];
}

/** Findings that hold in some policy that has the section, each told once. */
function once(
  anywhere: readonly { readonly policy: Examined; readonly found: Found }[],
  pathOf: PathOf,
): readonly PolicyFinding[] {
  const findings = anywhere.map(({ policy, found: { code, section, steps, message } }) => {
    return { code, path: pathText(pathOf(policy, section, steps)), message };
  });
  return [...new Map(findings.map((each) => [JSON.stringify([each.path, each.message]), each])).values()];
}

function examined(documents: readonly unknown[]): {
  readonly policies: readonly Examined[];

  /** Every policy with what it inherits, the disabled ones too. */
  readonly known: readonly Inherited[];
  readonly pathOf: PathOf;
} {
  const parsed = policiesSchema.safeParse(documents);
  if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), byPath('policies'));
  const problems: Problem[] = [];
  const inherited = inherit(parsed.data, (problem) => problems.push(problem));
  if (problems.length > 0) throw policyInvalid(problems, byPath('policies'));
  const effort = new Effort(MAX_STEPS);
  const indexes = new Map(parsed.data.map(({ id }, index) => [id, index]));
  return {
    known: inherited,
    policies: inherited.filter(({ document }) => document.enabled).map((each) => new Examined(each, effort)),
    pathOf: ({ originOf }, section, steps) => [
      'policies',
      indexes.get(originOf(section)) ?? 0,
      section,
      ...steps,
    ],
  };
}

/** Findings that hold in every policy that has the section. */
function foundEverywhere(policies: readonly Examined[], pathOf: PathOf): readonly PolicyFinding[] {
  const users = new Map<string, number>();
  const findings = new Map<
    string,
    { readonly finding: PolicyFinding; readonly section: string; count: number }
  >();
  for (const policy of policies) {
    for (const section of sectionsOf(policy)) {
      const key = JSON.stringify(pathOf(policy, section, []));
      users.set(key, (users.get(key) ?? 0) + 1);
    }
    const seen = new Set<string>();
    for (const { code, section, steps, message } of findingsOf(policy)) {
      const path = pathOf(policy, section, steps);
      const key = JSON.stringify([code, path]);
      if (seen.has(key)) continue;
      seen.add(key);
      const known = findings.get(key);
      if (known !== undefined) known.count += 1;
      else {
        const finding = { code, path: pathText(path), message };
        findings.set(key, { finding, section: JSON.stringify(pathOf(policy, section, [])), count: 1 });
      }
    }
  }
  return [...findings.values()]
    .filter(({ section, count }) => count === users.get(section))
    .map(({ finding }) => finding);
}

function findingsOf(policy: Examined): readonly Found[] {
  if (policy.matchesNobody) return unmatched(policy);
  const everywhere = [...idleEntries(policy), ...closedLists(policy)];
  // Where nothing is allowed, every other clause is idle too, and saying so for each helps nobody.
  if (policy.allowsNothing) return everywhere;
  return [...everywhere, ...unreachableClauses(policy), ...contradictedLimits(policy)];
}

function unmatched({ document: { match = {} } }: Examined): readonly Found[] {
  const empty = Object.entries(match).filter(([, names]) => names.length === 0);
  const message =
    'an empty list matches nobody, so the policy never applies; name somebody, leave the list out or disable the policy';
  return empty.map(([field]) => ({ code: 'CLAUSE_UNREACHABLE', section: 'match', steps: [field], message }));
}

/** What never applies says nothing about its sections, and another policy may have them too. */
function sectionsOf({ document, matchesNobody }: Examined): readonly Section[] {
  if (matchesNobody) return ['match'];
  return Object.keys(document) as Section[];
}

/** Every list of tools once, where it was written. */
function toolLists(policies: readonly Examined[], pathOf: PathOf): readonly ToolList[] {
  const lists = policies.flatMap((policy) =>
    listsOf(policy.document)
      .filter(({ ofTools }) => ofTools)
      .map(({ section, steps, names }) => ({ path: pathOf(policy, section, steps), names })),
  );
  return [...new Map(lists.map((list) => [JSON.stringify(list.path), list])).values()];
}
