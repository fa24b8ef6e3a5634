import type { ApprovalDemand, Decision } from '../../nouns/decision.ts';
import { type Denial, denialCodes, type Reason } from '../../nouns/denial.ts';
import { listed } from '../../nouns/wording.ts';
import type { ExpectedAnswer } from './suite.ts';

/** Codes of calls that no policy judged: each is a denial whatever the policies say, so it proves nothing of them. */
const UNJUDGED: ReadonlySet<string> = new Set(denialCodes.slice(0, denialCodes.indexOf('NO_POLICY') + 1));

/**
 * Where a decision is not what was expected, one sentence each; none where it is. A denial that no policy gave is none that
 * was expected, unless its code was.
 */
export function differencesOf(expected: ExpectedAnswer, decision: Decision): readonly string[] {
  const { kind, code, flags, effect } = expected;
  if (kind !== decision.kind) return [`expected \`${kind}\`, got ${answered(decision)}`];
  if (decision.kind === 'deny' && code === undefined && UNJUDGED.has(decision.denial.code))
    return [unjudged(decision.denial)];
  const found = [];
  if (decision.kind === 'deny' && code !== undefined && code !== decision.denial.code)
    found.push(`expected the code \`${code}\`, got \`${decision.denial.code}\``);
  else found.push(...voiceDifference(expected, decision));
  if (decision.kind === 'approve') found.push(...approverDifference(expected, decision.approvals));
  if (flags !== undefined) {
    const got = decision.flags.map(({ clause }) => clause);
    if (!sameNames(flags, got)) found.push(`expected flags ${named(flags)}, got ${named(got)}`);
  }
  if (effect !== undefined && effect !== decision.effect)
    found.push(`expected the effect \`${effect}\`, got \`${decision.effect}\``);
  return found;
}

/** What was decided, in a few words: ``deny TOOL_DENIED by `tools.deny[0]` of `shop` ``. */
export function answered(decision: Decision): string {
  const [first] = voicesOf(decision);
  const code = decision.kind === 'deny' ? ` ${decision.denial.code}` : '';
  return `\`${decision.kind}${code}\`${first === undefined ? '' : spoken(first)}`;
}

/** What was expected, in as few. */
export function wanted({ kind, code, policy, clause, approvers, flags, effect }: ExpectedAnswer): string {
  return [
    `\`${kind}${code === undefined ? '' : ` ${code}`}\`${spoken({ policy, clause })}`,
    ...(approvers === undefined ? [] : [`approvers ${named(approvers)}`]),
    ...(flags === undefined ? [] : [`flags ${named(flags)}`]),
    ...(effect === undefined ? [] : [`effect \`${effect}\``]),
  ].join(', ');
}

type Voice = Pick<Reason, 'policy' | 'clause'>;

/** The clauses that made the answer what it is. */
function voicesOf(decision: Decision): readonly (Voice & { readonly code?: string })[] {
  if (decision.kind === 'deny') return decision.denial.reasons;
  return decision.approvals;
}

function voiceDifference(expected: ExpectedAnswer, decision: Decision): readonly string[] {
  const { code, policy, clause } = expected;
  if (policy === undefined && clause === undefined) return [];
  const voices = voicesOf(decision).filter((voice) => code === undefined || voice.code === code);
  if (voices.some((voice) => isOf(expected, voice))) return [];
  const got = voices.map((voice) => spoken(voice).trim()).filter((text) => text !== '');
  return [`expected it${spoken({ policy, clause })}, got it ${got.join(', ') || 'by no clause'}`];
}

/** Whether a voice is one of those that a test names, by policy, clause, both or neither. */
function isOf({ policy, clause }: ExpectedAnswer, voice: Voice): boolean {
  return (
    (policy === undefined || voice.policy === policy) && (clause === undefined || voice.clause === clause)
  );
}

function unjudged({ code, message }: Denial): string {
  return `expected a policy to deny it, got \`${code}\`: ${message}; where that is meant, expect this code`;
}

function approverDifference(
  expected: ExpectedAnswer,
  approvals: readonly ApprovalDemand[],
): readonly string[] {
  const { approvers } = expected;
  if (approvers === undefined) return [];
  const meant = approvals.filter((demand) => isOf(expected, demand));
  const asked = meant.flatMap((demand) => demand.approvers);
  return sameNames(approvers, asked) ? [] : [`expected approvers ${named(approvers)}, got ${named(asked)}`];
}

function spoken({
  policy,
  clause,
}: {
  readonly policy?: string | undefined;
  readonly clause?: string | undefined;
}) {
  if (policy === undefined && clause === undefined) return '';
  if (clause === undefined) return ` by policy \`${policy}\``;
  return policy === undefined ? ` by \`${clause}\`` : ` by \`${clause}\` of \`${policy}\``;
}

function named(names: readonly string[]): string {
  return names.length === 0 ? 'none' : listed([...new Set(names)].sort());
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return sortedText(some) === sortedText(others);
}

function sortedText(names: readonly string[]): string {
  return JSON.stringify([...new Set(names)].sort());
}
