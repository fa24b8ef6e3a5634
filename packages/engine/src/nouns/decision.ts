import type { Denial } from './denial.ts';

/** Which version of which policy decided. */
export interface PolicyReference {
  readonly id: string;
  readonly version: number;

  /** SHA-256 of the policy's canonical form. */
  readonly hash: string;
}

const names = new WeakMap<PolicyReference, string>();

/** The reference as the journal writes it: `id@version#hash`. */
export function policyName(reference: PolicyReference): string {
  const known = names.get(reference);
  if (known !== undefined) return known;
  const name = `${reference.id}@${reference.version}#${reference.hash}`;
  names.set(reference, name);
  return name;
}

export type Scope = 'call' | 'session' | 'agent' | 'owner';
export type BudgetWindow = 'hour' | 'day' | 'lifetime';
export type RateWindow = 'minute' | 'hour';

/** A budget that this call would be charged to. Only `reserve` judges whether there is room. */
export interface BudgetDemand {
  /** Names the budget across policy versions: policy, scope and whose it is, window, tools. Holds no limit. */
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;
  readonly currency: string;

  /** Micro-units of the currency. */
  readonly limit: bigint;
  readonly amount: bigint;
}

/** A rate that this call would count towards. Only `reserve` judges whether there is room. */
export interface RateDemand {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;

  /** Most calls in any stretch of time of that length. */
  readonly limit: number;
}

/** Who must say yes before the call runs. */
export interface ApprovalDemand {
  readonly policy: string;
  readonly clause: string;

  /** Why, for the approver: `0.90 USD is above 0.50 USD`. */
  readonly reason: string;

  /** How many distinct approvers. */
  readonly require: number;

  /** Ids of the people who may decide. */
  readonly approvers: readonly string[];

  readonly expiresInMs: number;
}

/** What policy says of a call, before any money is looked at. */
export type Decision = Allowance | Refusal;

export interface Allowance {
  /** `approve` when at least one approval is demanded. */
  readonly kind: 'allow' | 'approve';
  readonly policies: readonly PolicyReference[];
  readonly budgets: readonly BudgetDemand[];
  readonly rates: readonly RateDemand[];

  /** Every demand of every matching policy; all must be met. */
  readonly approvals: readonly ApprovalDemand[];
}

export interface Refusal {
  readonly kind: 'deny';
  readonly policies: readonly PolicyReference[];
  readonly denial: Denial;
}
