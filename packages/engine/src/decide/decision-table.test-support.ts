import { assetTable } from '../nouns/asset.ts';
import type { Call } from '../nouns/call.ts';
import type { ApprovalDemand, BudgetDemand, Decision, Flag, RateDemand } from '../nouns/decision.ts';
import type { DenialCode, Reason } from '../nouns/denial.ts';
import type { Effect } from '../nouns/effect.ts';
import type { Facts } from '../nouns/facts.ts';
import { tryMoney } from '../nouns/money.ts';

/** What a row of the table changes about the call of `callOf`. Anything may stand in any field: some rows are hostile. */
export interface CallChange {
  readonly tool?: unknown;

  /** Text such as `0.12 USD`, or the money of a call. */
  readonly price?: unknown;
  readonly payee?: unknown;
  readonly effect?: unknown;
  readonly framework?: unknown;

  /** Lists and objects are written as JSON; text is the text of the arguments itself. */
  readonly arguments?: unknown;
  readonly principal?: Readonly<Record<string, unknown>> | null;
}

/** What a row says beside the call. */
export interface FactChange {
  /** An instant; it is 10:00 of Tuesday, 20 January 2026, UTC where nothing else is said. */
  readonly now?: string;
  readonly nowMs?: unknown;
  readonly session?: unknown;
}

/** `flag` is an allowance with flags. */
export type Answer = DenialCode | 'approve' | 'flag' | 'allow';

/** What a row expects; only what is written is compared. */
export interface Expectation {
  readonly is: Answer;

  /** Every reason in order, each as `CODE policy clause`. */
  readonly reasons?: readonly string[];

  /** Of the first reason. */
  readonly first?: Partial<Reason>;
  readonly retryAfterMs?: number | 'never';
  readonly effect?: Effect;
  readonly writes?: boolean;
  readonly budgets?: readonly Partial<BudgetDemand>[];
  readonly rates?: readonly Partial<RateDemand>[];
  readonly approvals?: readonly Partial<ApprovalDemand>[];
  readonly flags?: readonly Flag[];

  /** Ids of the policies that spoke. */
  readonly policies?: readonly string[];
}

/** One line of the decision table. */
export interface Row {
  /** Where the clause stands that the row is about, as denials name it. */
  readonly clause: string;
  readonly what: string;

  /** Documents; those without an id are `a`, `b`, `c` by their place. */
  readonly policies: readonly object[];
  readonly call?: CallChange;
  readonly facts?: FactChange;
  readonly expect: Answer | Expectation;
}

/** Rows about one answer. Those that expect another one show where it ends. */
export interface Group {
  readonly answer: Answer;
  readonly rows: readonly Row[];
}

export const USDC = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
export const EURC = 'eip155:8453/erc20:0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42';
export const WETH = 'eip155:8453/erc20:0x4200000000000000000000000000000000000006';

/** USDC counts as dollars, EURC as euros and as 1.1 dollars; WETH counts as nothing. */
export const assets = assetTable([
  { asset: USDC, currency: 'USD', decimals: 6 },
  { asset: EURC, currency: 'USD', decimals: 6, rate: '1.1' },
  { asset: EURC, currency: 'EUR', decimals: 6 },
]);

/** 10:00 of Tuesday, 20 January 2026, UTC. */
export const NOW_MS = Date.UTC(2026, 0, 20, 10);

/** A call of 0.12 USD to `web_search` by `coding-agent-01` through `express`, with changes. */
export function callOf({ principal = {}, price, arguments: args, ...rest }: CallChange = {}): Call {
  const whom = {
    agent: 'coding-agent-01',
    owner: 'asmit@example.com',
    session: 's1',
    tenant: 'acme',
    issuer: 'https://i.example',
  };
  const base = {
    id: 'call_1',
    fingerprint: undefined,
    framework: 'express',
    tool: 'web_search',
    definition: undefined,
    arguments: '{}',
    price: { units: 120_000n, asset: 'USD/6' },
    payee: {},
    effect: undefined,
    requestHash: '0',
  };
  const changed: object = {
    ...base,
    ...rest,
    ...(price === undefined ? {} : { price: typeof price === 'string' ? (tryMoney(price) ?? price) : price }),
    ...(args === undefined ? {} : { arguments: typeof args === 'object' ? JSON.stringify(args) : args }),
    principal: principal === null ? null : { ...whom, ...principal },
  };
  // Rows hand over what only claims to be a call.
  return changed as Call;
}

/** The facts of a row. */
export function factsOf({ now, ...rest }: FactChange = {}): Facts {
  const nowMs = now === undefined ? NOW_MS : Date.parse(now);
  const facts: object = { nowMs, ...rest };
  return facts as Facts;
}

/** The documents of a row, each with an id. */
export function documentsOf(policies: readonly object[]): readonly object[] {
  return policies.map((policy, index) => ({ id: String.fromCharCode(97 + index), ...policy }));
}

/** A decision in one word. */
export function answerOf(decision: Decision): Answer {
  if (decision.kind === 'deny') return decision.denial.code;
  return decision.kind === 'allow' && decision.flags.length > 0 ? 'flag' : decision.kind;
}
