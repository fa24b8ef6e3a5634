import type { BudgetWindow, RateWindow } from '../nouns/decision.ts';
import { durationMs } from '../nouns/duration.ts';
import { money } from '../nouns/money.ts';
import { sha256 } from '../nouns/digest.ts';
import type { ApprovalDocument, BudgetDocument, NormalizedPolicy, RateDocument } from './document/schema.ts';
import { budgetIdentity, rateIdentity } from './document/schema.ts';
import { type CountedScope, type KeyTemplate, keyTemplate } from './keys.ts';
import { type Entry, type Ordered, Selector } from './matching/selector.ts';

/** One clause of a policy, ready to be compared. */
interface Clause extends Ordered {
  readonly policy: string;

  /** Where it stands: `budgets[0]`. */
  readonly clause: string;
}

/** A threshold in micro-units of a currency. */
interface Threshold {
  readonly currency: string;
  readonly limit: bigint;
}

/** Most that one call may cost. */
export interface CapClause extends Clause, Threshold {}

export interface BudgetClause extends Clause, Threshold {
  readonly scope: CountedScope;
  readonly window: BudgetWindow;
  readonly key: KeyTemplate;
}

export interface RateClause extends Clause {
  readonly scope: CountedScope;
  readonly per: RateWindow;
  readonly limit: number;
  readonly key: KeyTemplate;
}

export interface ApprovalClause extends Clause {
  readonly above: Threshold | undefined;
  readonly tools: readonly string[] | undefined;
  readonly require: number;
  readonly approvers: readonly string[];
  readonly expiresInMs: number;
}

/** One pattern of an allow or a deny list. */
export interface ToolClause extends Clause {
  readonly pattern: string;
}

/** The clauses of one policy, each found by the tools that it concerns. */
export interface Clauses {
  readonly policy: string;
  readonly allow: Selector<ToolClause> | undefined;
  readonly deny: Selector<ToolClause>;
  readonly caps: Selector<CapClause>;
  readonly budgets: Selector<BudgetClause>;
  readonly rates: Selector<RateClause>;
  readonly approvals: Selector<ApprovalClause>;
}

/** Prepares the clauses of a valid policy for `decide`. */
export function compileClauses(document: NormalizedPolicy): Clauses {
  const { id, tools = {}, budgets = [], rates = [], approvals = [] } = document;
  const counted = budgets.flatMap((budget, order) => budgetEntry(id, budget, order) ?? []);
  const caps = budgets.flatMap((budget, order) => capEntry(id, budget, order) ?? []);
  return {
    policy: id,
    allow: tools.allow && toolSelector(id, 'allow', tools.allow),
    deny: toolSelector(id, 'deny', tools.deny ?? []),
    caps: new Selector(caps, '/'),
    budgets: new Selector(counted, '/'),
    rates: new Selector(
      rates.map((rate, order) => rateEntry(id, rate, order)),
      '/',
    ),
    approvals: new Selector(
      approvals.map((approval, order) => approvalEntry(id, approval, order)),
      '/',
    ),
  };
}

function toolSelector(policy: string, list: 'allow' | 'deny', patterns: readonly string[]) {
  return new Selector<ToolClause>(
    patterns.map((pattern, order) => ({
      item: { policy, order, clause: `tools.${list}[${order}]`, pattern },
      patterns: [pattern],
    })),
    '/',
  );
}

function capEntry(policy: string, budget: BudgetDocument, order: number): Entry<CapClause> | undefined {
  if (budget.scope !== 'call') return undefined;
  const item = { policy, order, clause: `budgets[${order}]`, ...threshold(budget.limit) };
  return { item, patterns: budget.tools };
}

function budgetEntry(policy: string, budget: BudgetDocument, order: number): Entry<BudgetClause> | undefined {
  const { scope, window, tools } = budget;
  if (scope === 'call' || window === 'call') return undefined;
  const [, ...identity] = budgetIdentity(budget);
  const key = keyTemplate(policy, scope, identity.map(shortened));
  const item = { policy, order, clause: `budgets[${order}]`, scope, window, key, ...threshold(budget.limit) };
  return { item, patterns: tools };
}

function rateEntry(policy: string, rate: RateDocument, order: number): Entry<RateClause> {
  const { scope, per, limit, tools } = rate;
  const [, ...identity] = rateIdentity(rate);
  const key = keyTemplate(policy, scope, identity.map(shortened));
  return { item: { policy, order, clause: `rates[${order}]`, scope, per, limit, key }, patterns: tools };
}

function approvalEntry(policy: string, approval: ApprovalDocument, order: number): Entry<ApprovalClause> {
  const { when, require, approvers, expiresIn } = approval;
  const { above, tools } = when === 'always' ? {} : when;
  const item = {
    policy,
    order,
    clause: `approvals[${order}]`,
    above: above === undefined ? undefined : threshold(above),
    tools,
    require,
    approvers: Object.freeze([...new Set(approvers)]),
    expiresInMs: durationMs(expiresIn) ?? 0,
  };
  return { item, patterns: tools };
}

function threshold(text: string): Threshold {
  const { units, asset } = money(text);
  return { currency: asset.slice(0, 3), limit: units };
}

/** A key names a list of tools by its hash, so that keys stay short however long the list. */
function shortened(part: string | readonly string[] | null): string | null {
  return part === null || typeof part === 'string' ? part : sha256(JSON.stringify(part)).slice(0, 32);
}
