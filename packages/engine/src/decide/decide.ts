import type { Call } from '../nouns/call.ts';
import type {
  ApprovalDemand,
  BudgetDemand,
  Decision,
  PolicyReference,
  RateDemand,
} from '../nouns/decision.ts';
import { denyAll, type Reason } from '../nouns/denial.ts';
import { formatCurrency } from '../nouns/money.ts';
import type { ApprovalClause, Clauses } from './clauses.ts';
import { assetsOf, type CompiledPolicies, type CompiledPolicy, matching } from './compile.ts';
import { budgetDemand, rateDemand } from './demands.ts';
import { listed, quoted } from '../nouns/wording.ts';
import { flawOf } from './flaw.ts';
import { Holder } from './keys.ts';
import { Price } from './price.ts';

/** What is asked of every policy. */
interface Question {
  readonly tool: string;
  readonly price: Price;
  readonly holder: Holder;
}

/** What the policies have said so far. */
interface Findings {
  readonly reasons: Reason[];
  readonly budgets: BudgetDemand[];
  readonly rates: RateDemand[];
  readonly approvals: ApprovalDemand[];
}

/**
 * What the policies say of a call: every reason of every matching policy, and every budget, rate and approval that the
 * call needs. Pure, and total: a call that is not one is denied. Deny beats approve, approve beats allow; no matching
 * policy is a denial.
 */
export function decide(call: Call, policies: CompiledPolicies): Decision {
  const flaw = flawOf(call);
  if (flaw !== undefined) return refusal(call, [], [flaw]);
  const { principal, tool } = call;
  const concerned = matching(policies, principal);
  if (concerned.length === 0) return refusal(call, [], [noPolicy(call)]);

  const findings: Findings = { reasons: [], budgets: [], rates: [], approvals: [] };
  const question = { tool, price: new Price(call.price, assetsOf(policies)), holder: new Holder(principal) };
  for (const policy of concerned) ask(policy, question, findings);

  const references = concerned.map(({ reference }) => reference);
  const { reasons, budgets, rates, approvals } = findings;
  if (reasons.length > 0) return refusal(call, references, reasons);
  return {
    kind: approvals.length > 0 ? 'approve' : 'allow',
    policies: references,
    budgets,
    rates,
    approvals,
  };
}

/** A policy may object or demand; nothing that it says can allow what another one denies. */
function ask({ clauses }: CompiledPolicy, question: Question, findings: Findings): void {
  checkDenied(clauses, question, findings);
  checkAllowed(clauses, question, findings);
  checkCaps(clauses, question, findings);
  demandBudgets(clauses, question, findings);
  for (const rate of clauses.rates.select(question.tool))
    findings.rates.push(rateDemand(rate, question.holder));
  for (const approval of clauses.approvals.select(question.tool))
    demandApproval(approval, question, findings);
}

function checkDenied({ policy, deny }: Clauses, { tool }: Question, { reasons }: Findings): void {
  const [denied] = deny.select(tool);
  if (denied === undefined) return;
  const { clause, pattern } = denied;
  const by = pattern === tool ? '' : ` by \`${pattern}\``;
  const message = `policy \`${policy}\` denies \`${tool}\`${by}`;
  reasons.push({ code: 'TOOL_DENIED', message, policy, clause, value: tool, limit: `not \`${pattern}\`` });
}

function checkAllowed({ policy, allow }: Clauses, { tool }: Question, { reasons }: Findings): void {
  if (allow === undefined || allow.select(tool).length > 0) return;
  const limit = allow.all.length === 0 ? 'no tool' : listed(allow.all.map(({ pattern }) => pattern));
  const message = `policy \`${policy}\` does not allow \`${tool}\`; it allows ${limit}`;
  reasons.push({ code: 'TOOL_NOT_ALLOWED', message, policy, clause: 'tools.allow', value: tool, limit });
}

function checkCaps({ caps }: Clauses, { tool, price }: Question, { reasons }: Findings): void {
  for (const cap of caps.select(tool)) {
    const units = price.in(cap.currency);
    if (units === undefined) {
      reasons.push(assetUnknown(price, cap));
    } else if (units > cap.limit) {
      const { policy, clause } = cap;
      const value = formatCurrency(units, cap.currency);
      const limit = formatCurrency(cap.limit, cap.currency);
      const message = `\`${tool}\` costs ${value}; policy \`${policy}\` lets one call cost at most ${limit}`;
      reasons.push({ code: 'PRICE_ABOVE_CAP', message, policy, clause, value, limit });
    }
  }
}

function demandBudgets({ budgets }: Clauses, { tool, price, holder }: Question, findings: Findings): void {
  for (const budget of budgets.select(tool)) {
    const amount = price.in(budget.currency);
    if (amount === undefined) findings.reasons.push(assetUnknown(price, budget));
    else findings.budgets.push(budgetDemand(budget, holder, amount));
  }
}

function demandApproval(approval: ApprovalClause, { tool, price }: Question, findings: Findings): void {
  const { policy, clause, require, approvers, expiresInMs, above, tools } = approval;
  const units = above === undefined ? undefined : price.in(above.currency);
  if (above !== undefined && units === undefined) {
    findings.reasons.push(assetUnknown(price, { policy, clause, currency: above.currency }));
    return;
  }
  if (above !== undefined && units !== undefined && units <= above.limit) return;
  const grounds: string[] = [];
  if (tools !== undefined) grounds.push(`\`${tool}\` is one of ${listed(tools)}`);
  if (above !== undefined && units !== undefined) {
    grounds.push(
      `${formatCurrency(units, above.currency)} is above ${formatCurrency(above.limit, above.currency)}`,
    );
  }
  const reason = grounds.join(' and ') || `policy \`${policy}\` asks for every call`;
  findings.approvals.push({ policy, clause, reason, require, approvers, expiresInMs });
}

function assetUnknown(price: Price, where: { policy: string; clause: string; currency: string }): Reason {
  const { policy, clause, currency } = where;
  const asset = quoted(price.asset, 300);
  const message = `${asset} does not count as ${currency}, which policy \`${policy}\` limits`;
  const limit = `an asset that counts as ${currency}`;
  return { code: 'ASSET_UNKNOWN', message, policy, clause, value: asset.slice(1, -1), limit };
}

function noPolicy({ principal: { agent, owner } }: Call): Reason {
  const value = `agent ${quoted(agent)} of owner ${quoted(owner)}`;
  return {
    code: 'NO_POLICY',
    message: `no policy matches ${value}`,
    value,
    limit: 'a policy that matches both',
  };
}

function refusal(call: Call, policies: readonly PolicyReference[], reasons: readonly Reason[]): Decision {
  const denial = denyAll(reasons);
  const id: unknown = typeof call === 'object' && call !== null ? call.id : undefined;
  return { kind: 'deny', policies, denial: typeof id === 'string' ? { ...denial, callId: id } : denial };
}
