import type { Deputy } from './approval.ts';
import type { AccountKind } from './charge.ts';
import type { Denial } from './denial.ts';
import type { Effect } from './effect.ts';

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

/** What a budget or a rate counts together. `tool` and `merchant` count within a tenant. */
export type Scope = 'call' | 'session' | 'agent' | 'owner' | 'tenant' | 'tool' | 'merchant';

/** Windows of a calendar in a time zone. Weeks begin on Monday. */
export type CalendarWindow = 'hour' | 'day' | 'week' | 'month' | 'year';

/** `rolling 24h`: any stretch of time of that length. */
export type RollingWindow = `rolling ${string}`;

export type BudgetWindow = CalendarWindow | RollingWindow | 'lifetime';

/** A word, or a duration such as `10s`. */
export type RateWindow = 'second' | 'minute' | 'hour' | 'day' | `${number}${'s' | 'm' | 'h' | 'd'}`;

/** A share of a budget's limit. Once so much of it is spent, the journal says so. */
export interface BudgetAlert {
  readonly percent: number;

  /** Micro-units: that share of the limit, rounded up. */
  readonly units: bigint;
}

/** A budget that this call would be charged to. Only `reserve` judges whether there is room. */
export interface BudgetDemand {
  /** Names the budget across policy versions: policy, scope and whose it is, window, tools. Holds no limit. */
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;

  /** IANA time zone of the calendar. */
  readonly zone: string;

  /** Length of a rolling window in milliseconds; undefined for any other. */
  readonly rollingMs: number | undefined;

  readonly currency: string;

  /** Micro-units of the currency; 0 for an account, which says itself what fits. */
  readonly limit: bigint;
  readonly amount: bigint;

  /** Set where `key` names an account: what fits is what it was funded with. Its window is the lifetime. */
  readonly account?: AccountKind;

  /** The smallest first; absent where nobody wants to hear of it. */
  readonly alerts?: readonly BudgetAlert[];
}

/** What is asked of an account: it never ends and has no limit of its own, what it was funded with says what fits. */
export function accountDemand(
  asked: Pick<BudgetDemand, 'key' | 'policy' | 'clause' | 'currency' | 'amount'> & {
    readonly account: AccountKind;
  },
): BudgetDemand {
  const { key, policy, clause, currency, amount, account } = asked;
  return {
    key,
    policy,
    clause,
    scope: 'agent',
    window: 'lifetime',
    zone: 'UTC',
    rollingMs: undefined,
    currency,
    limit: 0n,
    amount,
    account,
  };
}

/** A rate that this call would count towards. Only `reserve` judges whether there is room. */
export interface RateDemand {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;

  /** The same in milliseconds. */
  readonly perMs: number;

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

  /** Who else may decide once nobody has for a while, the earliest first. */
  readonly escalations: readonly Escalation[];

  readonly expiresInMs: number;

  /** Approving lets the session use the tool this long without asking again; undefined for an approval of one call. */
  readonly elevatesForMs?: number;

  /** Who may stand in for those named here, and when; absent where nobody may. */
  readonly deputies?: readonly Deputy[];

  /** How long after it was asked people are reminded, the earliest first; absent where they are not. */
  readonly remindersMs?: readonly number[];

  /** The owner of the agent may not decide, nor may anybody in their place. */
  readonly separateDuties?: true;
}

/** More people who may decide, from a while after the approval was asked. */
export interface Escalation {
  readonly afterMs: number;
  readonly approvers: readonly string[];
}

/** A clause that wants to be seen and lets the call pass. */
export interface Flag {
  readonly policy: string;

  /** Where in the policy: `rules[0]`. */
  readonly clause: string;
  readonly reason: string;
}

/** What policy says of a call, before any money is looked at. */
export type Decision = Allowance | Refusal;

interface Spoken {
  /** Which versions of which policies spoke. */
  readonly policies: readonly PolicyReference[];

  /** What the call does, by the strictest of these policies. */
  readonly effect: Effect;

  /** Whether it does more than read, whatever the session did before. */
  readonly writes: boolean;
  readonly flags: readonly Flag[];
}

export interface Allowance extends Spoken {
  /** `approve` when at least one approval is demanded. */
  readonly kind: 'allow' | 'approve';
  readonly budgets: readonly BudgetDemand[];
  readonly rates: readonly RateDemand[];

  /** Every demand of every matching policy; all must be met. */
  readonly approvals: readonly ApprovalDemand[];
}

export interface Refusal extends Spoken {
  readonly kind: 'deny';
  readonly denial: Denial;
}
