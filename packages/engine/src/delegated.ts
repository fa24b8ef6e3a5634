import type { AssetTable } from './nouns/asset.ts';
import type { Call } from './nouns/call.ts';
import type { Clock } from './nouns/clock.ts';
import { accountDemand, type Allowance, type BudgetDemand, type Decision } from './nouns/decision.ts';
import { deny, type Denial } from './nouns/denial.ts';
import { carveOutKey } from './nouns/hold.ts';
import type { Principal } from './nouns/principal.ts';
import type { Store } from './nouns/store.ts';
import { quoted } from './nouns/wording.ts';

/** The tool that parents call to set money aside. Doors cannot offer a tool of this name. */
export const CARVE_OUT_TOOL = 'torii/carve-out';

/** What a call that is priced at nothing holds: while it runs, nobody may settle what was set aside for it. */
export const LEAST = 1n;

/** How many accounts are remembered. */
const REMEMBERED = 1_000;

/** For how long: an id can be used anew, in another currency too, 72 hours after it ended and no sooner. */
const REMEMBERED_MS = 86_400_000;

/** In which currency carve-outs count, for those who may spend from them. */
export class CarveOutCurrencies {
  readonly #known = new Map<string, { readonly currency: string; readonly untilMs: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined for a caller without a carve-out, and for one that is not theirs: of their issuer, tenant and owner. */
  async of(store: Store, { issuer, tenant, owner, carveOut }: Principal): Promise<string | undefined> {
    if (carveOut === undefined) return undefined;
    const name = JSON.stringify([issuer, tenant, owner, carveOut]);
    const known = this.#known.get(name);
    if (known !== undefined && this.#clock.now() < known.untilMs) return known.currency;
    const parent = await store.call(carveOut);
    const theirs = parent?.issuer === issuer && parent.tenant === tenant && parent.owner === owner;
    const currency = theirs ? parent.carved : undefined;
    if (currency !== undefined && parent?.endedAt === undefined) this.#remember(name, currency);
    return currency;
  }

  #remember(name: string, currency: string): void {
    this.#known.delete(name);
    this.#known.set(name, { currency, untilMs: this.#clock.now() + REMEMBERED_MS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}

/**
 * The decision on a call of a delegated agent: what was set aside pays for it, besides all that policy charges. Denied
 * where nothing was set aside for this owner. Whether enough of it is left, only `reserve` says.
 */
export function delegated(
  call: Call,
  decision: Decision,
  { currency, assets }: { readonly currency: string | undefined; readonly assets: AssetTable },
): Decision {
  const { carveOut } = call.principal;
  if (carveOut === undefined || decision.kind === 'deny') return decision;
  if (currency === undefined) {
    const message = `nothing is set aside under ${quoted(carveOut)}, which the token of the agent names`;
    return refusal(call, decision, deny('BUDGET_EXCEEDED', message, PLACE));
  }
  const amount = assets.count(call.price.units, call.price.asset, currency);
  if (amount === undefined) {
    const message = `\`${call.price.asset}\` does not count as ${currency}, in which money is set aside for the agent`;
    return refusal(call, decision, deny('ASSET_UNKNOWN', message, PLACE));
  }
  const demand = carveOutDemand({ id: carveOut, currency, amount: amount === 0n ? LEAST : amount });
  return { ...decision, budgets: [...decision.budgets, demand] };
}

const PLACE = { policy: CARVE_OUT_TOOL, clause: 'carve_out' } as const;

/** What a call, or a look at how it stands, asks of money that was set aside. */
export function carveOutDemand(of: {
  readonly id: string;
  readonly currency: string;
  readonly amount: bigint;
}): BudgetDemand {
  const { id, currency, amount } = of;
  return accountDemand({ ...PLACE, key: carveOutKey(id), currency, amount, account: 'carve-out' });
}

/** The decision as a denial: what policy said besides stays. */
export function refusal(
  { id }: Call,
  { policies, effect, writes, flags }: Allowance,
  denial: Denial,
): Extract<Decision, { kind: 'deny' }> {
  return { kind: 'deny', policies, effect, writes, flags, denial: { ...denial, callId: id } };
}
