import { explainDenial } from '../nouns/advice.ts';
import type { Denial } from '../nouns/denial.ts';
import type { Waiting } from '../nouns/outcome.ts';
import type { ApprovalMode } from './options.ts';

/** Says to a model that its call did not run, why, and what it can do about it. */
export function explain(tool: string, answer: Denial | Waiting, mode: ApprovalMode): string {
  return answer.kind === 'denied'
    ? `\`${tool}\` did not run. ${explainDenial(answer)}`
    : explainWaiting(tool, answer, mode);
}

/** Why a person has to look, for that person. */
export function explainDemand({ approval }: Waiting): string {
  const why = [...new Set(approval.quorums.map(({ reason }) => reason))].join('; ');
  return `${why} (Torii approval ${approval.id})`;
}

function explainWaiting(tool: string, waiting: Waiting, mode: ApprovalMode): string {
  const until = new Date(waiting.approval.expiresAt).toISOString();
  const advice =
    mode === 'result'
      ? 'once it is approved, make the same call with the same arguments again'
      : 'do not repeat it before that';
  return `\`${tool}\` did not run. A person has to approve it first, until ${until}: ${explainDemand(waiting)}; ${advice}`;
}
