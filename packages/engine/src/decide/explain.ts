import { adviceOf } from '../nouns/advice.ts';
import type {
  Allowance,
  ApprovalDemand,
  BudgetDemand,
  Decision,
  Flag,
  RateDemand,
} from '../nouns/decision.ts';
import type { Denial, Reason } from '../nouns/denial.ts';
import { formatCurrency } from '../nouns/money.ts';
import { listed } from '../nouns/wording.ts';

/** How many digits of a policy's hash tell it apart for people. */
const SHOWN_DIGITS = 12;

/**
 * A decision for a person to read: what was decided, every clause that spoke with the values it compared and what would
 * pass, what to do now, and which versions of which policies decided. Several lines, without a line break at the end.
 * A denial by itself, as `decide` answers for a call that never came before a policy, is explained likewise.
 */
export function explain(answer: Decision | Denial): string {
  return linesOf(answer).map(printable).join('\n');
}

function linesOf(answer: Decision | Denial): readonly string[] {
  if (answer.kind === 'denied') return refused(answer);
  const lines = answer.kind === 'deny' ? refused(answer.denial) : granted(answer);
  return [...lines, ...answer.flags.map(flagging), decidedBy(answer)];
}

function refused(denial: Denial): readonly string[] {
  return [`denied: ${denial.code}`, ...denial.reasons.flatMap(objection), `  ${adviceOf(denial)}`];
}

function objection(reason: Reason): readonly string[] {
  const { code, message, value, limit, policy, clause } = reason;
  const details = [
    ...(policy === undefined || clause === undefined ? [] : [place({ policy, clause })]),
    ...(value === undefined ? [] : [`was ${value}`]),
    ...(limit === undefined ? [] : [`would pass here: ${limit}`]),
  ];
  return [`  ${code}: ${message}`, ...(details.length === 0 ? [] : [`    ${details.join('; ')}`])];
}

function granted({ kind, effect, budgets, rates, approvals }: Allowance): readonly string[] {
  return [
    kind === 'allow' ? `allowed (${effect})` : `allowed once people agree (${effect})`,
    ...approvals.map(asking),
    ...budgets.map(charging),
    ...rates.map(counting),
  ];
}

function asking(demand: ApprovalDemand): string {
  const { require, approvers, escalations, reason } = demand;
  const people =
    approvers.length === 1 && require === 1 ? listed(approvers) : `${require} of ${listed(approvers)}`;
  const later = escalations.length === 0 ? '' : ', and others after a while';
  return `  asks ${people}${later}: ${reason} (${place(demand)})`;
}

function charging(demand: BudgetDemand): string {
  const { account, amount, currency, limit, scope, window } = demand;
  const charges = `  charges ${formatCurrency(amount, currency)}`;
  if (account === 'wallet') return `${charges} to the wallet of the agent (${place(demand)})`;
  if (account === 'carve-out') return `${charges} to what was set aside for the agent (${place(demand)})`;
  const budget = `${formatCurrency(limit, currency)} of the ${scope} (${window})`;
  return `${charges} to a budget of ${budget} (${place(demand)})`;
}

function counting(demand: RateDemand): string {
  const { limit, per, scope } = demand;
  const calls = limit === 1 ? '1 call' : `${limit} calls`;
  return `  counts towards ${calls} per ${per} of the ${scope} (${place(demand)})`;
}

function flagging(flag: Flag): string {
  return `  flagged: ${flag.reason} (${place(flag)})`;
}

function place({ policy, clause }: { readonly policy: string; readonly clause: string }): string {
  return `${clause} of \`${policy}\``;
}

function decidedBy({ policies }: Decision): string {
  if (policies.length === 0) return '  decided by no policy';
  const names = policies.map(({ id, version, hash }) => `${id}@${version}#${hash.slice(0, SHOWN_DIGITS)}`);
  return `  decided by ${names.join(', ')}`;
}

/** One line stays one line: what people wrote into policies cannot forge another, nor steer a terminal. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
