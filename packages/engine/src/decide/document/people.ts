import type { Deputy } from '../../nouns/approval.ts';
import * as z from 'zod';
import { type Asking, namedIn, tooFew } from './asking.ts';
import { closed, listOf, someOf } from './fields.ts';
import type { Problem } from './problems.ts';
import type { NormalizedPolicy } from './schema.ts';
import { instant, instantMs, person, ROLE, word } from './words.ts';

const deputy = closed({
  for: person,
  deputy: person,
  from: instant.exactOptional(),
  until: instant,
}).superRefine(({ for: standsFor, deputy: by, from, until }, context) => {
  const issue = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (standsFor === by) issue('deputy', `expected somebody else than \`${by}\``);
  if (from !== undefined && (instantMs(from) ?? 0) >= (instantMs(until) ?? 0))
    issue('until', `expected an instant after \`${from}\`, got \`${until}\``);
});

/** Who has which role, and who stands in for whom. */
export const people = closed({
  roles: z
    .record(word, someOf(person, 'people', 1000), { error: 'expected names of roles with lists of people' })
    .exactOptional(),
  deputies: listOf(deputy, 'deputies', 1000).exactOptional(),
});

/** A clause that asks people, where it stands, and what it needs of the section `people`. */
interface Place {
  readonly path: readonly PropertyKey[];
  readonly asked: Asking;
}

/** Roles that are not there, and roles that are too few people for what is required of them. */
export function peopleProblems(document: NormalizedPolicy): readonly Problem[] {
  return askingPlaces(document).flatMap(({ path, asked }): readonly Problem[] => {
    const lists: readonly (readonly [readonly PropertyKey[], readonly string[]])[] = [
      [['approvers'], asked.approvers],
      ...asked.escalate.map(({ approvers }, index) => [['escalate', index, 'approvers'], approvers] as const),
    ];
    const unknown = lists.flatMap(([where, names]) =>
      names.flatMap((name, index): readonly Problem[] => {
        if (peopleOf(document, name) !== undefined) return [];
        const message = `expected a role of \`people.roles\`, got \`${name}\``;
        return [{ path: [...path, ...where, index], message }];
      }),
    );
    const all = new Set(namedIn(asked).flatMap((name) => peopleOf(document, name) ?? []));
    const few = unknown.length === 0 ? tooFew(asked, all) : undefined;
    return few === undefined ? unknown : [{ path: [...path, 'require'], message: few }];
  });
}

/** A document that names people where it named roles, and says with each clause who stands in for them. */
export function staffed(document: NormalizedPolicy): NormalizedPolicy {
  const { approvals, rules, sessions } = document;
  const elevation = sessions?.elevation;
  return {
    ...document,
    ...(approvals === undefined ? {} : { approvals: approvals.map((each) => staff(document, each)) }),
    ...(rules === undefined
      ? {}
      : { rules: rules.map((each) => (each.then === 'approve' ? staff(document, each) : each)) }),
    ...(elevation === undefined
      ? {}
      : {
          sessions: {
            ...sessions,
            mode: sessions?.mode ?? 'read-only',
            elevation: staff(document, elevation),
          },
        }),
  };
}

/** A clause, and who may stand in for whom it names. */
export interface Staffed {
  readonly deputies: readonly Deputy[];
}

function staff<Clause extends Asking>(document: NormalizedPolicy, clause: Clause): Clause & Staffed {
  const named = (names: readonly string[]): string[] => [
    ...new Set(names.flatMap((name) => peopleOf(document, name) ?? [])),
  ];
  const approvers = named(clause.approvers);
  const escalate = clause.escalate.map((step) => ({ ...step, approvers: named(step.approvers) }));
  const seats = new Set(namedIn({ ...clause, approvers, escalate }));
  const deputies = (document.people?.deputies ?? []).flatMap(
    ({ for: standsFor, deputy: by, from, until }): readonly Deputy[] =>
      seats.has(standsFor)
        ? [
            {
              standsFor,
              deputy: by,
              fromMs: from === undefined ? 0 : (instantMs(from) ?? 0),
              untilMs: instantMs(until) ?? 0,
            },
          ]
        : [],
  );
  return { ...clause, approvers, escalate, deputies };
}

/** The people of a name in a list: those of a role, or the one person. Undefined for a role that is not there. */
function peopleOf(
  { people: { roles = {} } = {} }: NormalizedPolicy,
  name: string,
): readonly string[] | undefined {
  if (!name.startsWith(ROLE)) return [name];
  const role = name.slice(ROLE.length);
  return Object.hasOwn(roles, role) ? roles[role] : undefined;
}

function askingPlaces({ approvals = [], rules = [], sessions }: NormalizedPolicy): readonly Place[] {
  const elevation = sessions?.elevation;
  return [
    ...approvals.map((asked, index): Place => ({ path: ['approvals', index], asked })),
    ...rules.flatMap((rule, index): readonly Place[] =>
      rule.then === 'approve' ? [{ path: ['rules', index], asked: rule }] : [],
    ),
    ...(elevation === undefined ? [] : [{ path: ['sessions', 'elevation'], asked: elevation }]),
  ];
}
