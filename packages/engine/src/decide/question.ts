import type { Call } from '../nouns/call.ts';
import type { ApprovalDemand, BudgetDemand, Flag, RateDemand } from '../nouns/decision.ts';
import type { TimedReason } from '../nouns/denial.ts';
import type { Effect } from '../nouns/effect.ts';
import type { Facts } from '../nouns/facts.ts';
import type { AssetTable } from '../nouns/asset.ts';
import { effectOf } from './effects.ts';
import { Holder } from './keys.ts';
import { Price } from './price.ts';
import type { RuleFacts } from './rules/index.ts';

/** What the policies have said so far. */
export interface Findings {
  readonly reasons: TimedReason[];
  readonly flags: Flag[];
  readonly budgets: BudgetDemand[];
  readonly rates: RateDemand[];
  readonly approvals: ApprovalDemand[];
}

/** One clause of one policy, ready to be asked. It may object, demand or flag; it cannot allow. */
export type Check = (question: Question, findings: Findings) => void;

/** Where a clause stands. */
export interface Place {
  readonly policy: string;

  /** `budgets[0]`. */
  readonly clause: string;
}

/** What a call does as the tool declares it or its name suggests, before any policy. */
export function effectOfCall({ effect, tool }: Call): Effect {
  return effect ?? effectOf(tool);
}

/** What a question is made of. */
export interface Asked {
  readonly call: Call;
  readonly facts: Facts;
  readonly assets: AssetTable;

  /** From `argumentsOf`; the same function for the same decision, however often it is made. */
  readonly read: () => unknown;
}

/**
 * Reads the arguments of a call once, and only if a rule asks. The engine wrote this text itself, canonically. A call
 * without arguments has none; what is no JSON cannot be read, however often it is tried.
 */
export function argumentsOf(call: Call): () => unknown {
  let known: ReturnType<typeof parsed> | undefined;
  return () => {
    known ??= parsed(call.arguments);
    if ('value' in known) return known.value ?? {};
    throw known.error;
  };
}

/** What is asked of every policy: the call, and what follows from it, each worked out once and when needed. */
export class Question {
  readonly call: Call;
  readonly facts: Facts;
  readonly tool: string;
  readonly price: Price;
  readonly holder: Holder;
  #effect: Effect | undefined;
  #ruleFacts: RuleFacts | undefined;
  readonly #read: () => unknown;

  constructor({ call, facts, assets, read }: Asked) {
    this.call = call;
    this.facts = facts;
    this.#read = read;
    this.tool = call.tool;
    this.price = new Price(call.price, assets);
    this.holder = new Holder(call);
  }

  /** As the tool declares it or its name suggests, before any policy. */
  get effect(): Effect {
    return (this.#effect ??= effectOfCall(this.call));
  }

  /** The call costs nothing and names no payee: clauses about payees do not concern it. */
  get paysNobody(): boolean {
    if (this.call.price.units > 0n) return false;
    const { recipient, network, category, scheme } = this.call.payee;
    return recipient === undefined && network === undefined && category === undefined && scheme === undefined;
  }

  /** What expressions may know, where the policy that asks sees this effect in the call. */
  ruleFacts(effect: Effect): RuleFacts {
    const facts = (this.#ruleFacts ??= this.#makeRuleFacts());
    return facts.effect === effect ? facts : { ...facts, effect };
  }

  #makeRuleFacts(): RuleFacts {
    const { call, facts, price, tool, effect } = this;
    return {
      tool,
      effect,
      framework: call.framework,
      arguments: this.#read,
      price: call.price,
      counts: (currency) => price.in(currency),
      payee: call.payee,
      principal: call.principal,
      session: facts.session,
      nowMs: facts.nowMs,
    };
  }
}

function parsed(text: string): { readonly value: unknown } | { readonly error: unknown } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error };
  }
}
