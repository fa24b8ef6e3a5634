import { type ActivePolicies, activePolicies, tellPolicies } from '../people/revisions.ts';
import type { Slot } from '../script.ts';

/** The slots that news go to. */
export interface Readers {
  /** The slot in which policies are activated. */
  readonly root: () => Slot;

  /** Every other one. */
  readonly others: () => Promise<readonly Slot[]>;
}

/**
 * Tells the slots of all tenants which policies are active. Each keeps the news of the latest activation, in whichever order
 * they come, so whoever could not be told is told later by anybody.
 */
export class PolicyNews {
  readonly #readers: Readers;
  readonly #told = new WeakMap<Slot, number>();

  constructor(readers: Readers) {
    this.#readers = readers;
  }

  /** Tells everybody at once. Whoever cannot be reached is told by `repair`. */
  async spread(policies: ActivePolicies): Promise<void> {
    const others = await this.#readers.others();
    await Promise.allSettled(others.map((slot) => this.#tell(slot, policies)));
  }

  /** Tells one. */
  async tell(slot: Slot): Promise<void> {
    await this.#tell(slot, await activePolicies(this.#readers.root()));
  }

  /** Tells whoever was not told yet. */
  async repair(): Promise<void> {
    const policies = await activePolicies(this.#readers.root());
    const others = await this.#readers.others();
    const late = others.filter((slot) => (this.#told.get(slot) ?? 0) < policies.activations);
    await Promise.allSettled(late.map((slot) => this.#tell(slot, policies)));
  }

  async #tell(slot: Slot, policies: ActivePolicies): Promise<void> {
    await tellPolicies(slot, policies);
    this.#told.set(slot, policies.activations);
  }
}
