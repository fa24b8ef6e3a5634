import type * as z from 'zod';
import { ToriiError } from '../../nouns/errors.ts';
import { pathText } from '../../nouns/wording.ts';

/** One thing that is wrong with a document, and where. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Most problems that one error lists. */
export const MAX_PROBLEMS = 10;

/** What the schema found, one problem for each place. */
export function problemsOf(error: z.ZodError): readonly Problem[] {
  return error.issues.flatMap((issue) => flatten(issue, []));
}

/** One error that lists the first problems, a line each: `policies[0].budgets[1].limit: expected ...`. */
export function policyInvalid(problems: readonly Problem[], label: (problem: Problem) => string): ToriiError {
  const lines = problems.slice(0, MAX_PROBLEMS).map((problem) => `${label(problem)}: ${problem.message}`);
  if (problems.length > MAX_PROBLEMS) lines.push(`and ${problems.length - MAX_PROBLEMS} more`);
  const found = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new ToriiError('POLICY_INVALID', `the policy is not valid, ${found}:\n${lines.join('\n')}`);
}

/** Names a problem by its path alone. */
export function byPath(root: string): (problem: Problem) => string {
  return ({ path }) => pathText([...(root === '' ? [] : [root]), ...path]) || 'document';
}

function flatten(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): readonly Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: issue.message }));
  }
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1) : undefined;
  // Of a union only its object form has places of its own; a value of another type is named by the union.
  if (inner?.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys')) {
    return inner.flatMap((each) => flatten(each, path));
  }
  return [{ path, message: issue.message }];
}
