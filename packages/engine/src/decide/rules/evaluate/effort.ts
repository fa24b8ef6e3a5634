import type { RuleFacts } from '../facts.ts';
import { Failure } from './values.ts';

/**
 * Most steps that all rules of one decision may take together. A step takes at most about 5 nanoseconds: it is one
 * character of a text that is looked through, at its worst.
 */
export const MAX_STEPS = 8_000_000;

/** What a rule says that would take more steps than are left. */
export const TOO_MUCH = new Failure(
  'expected rules that look at less, or smaller arguments: the rules of one decision may take 8,000,000 steps together',
);

/** What the rules of one decision share: the steps that are left, and what one of them has already worked out. */
export class Effort {
  /** Answers by the text of the expression, for expressions over the arguments alone. */
  readonly known = new Map<string, unknown>();
  #steps = MAX_STEPS;

  /** Whether no step is left. */
  get spent(): boolean {
    return this.#steps < 0;
  }

  /** Takes steps. Answers false when fewer are left, and from then on. */
  take(steps: number): boolean {
    this.#steps -= steps;
    return this.#steps >= 0;
  }
}

const EFFORTS = new WeakMap<RuleFacts['arguments'], Effort>();

/** The effort of the decision that the facts belong to: of all facts that share the function for the arguments. */
export function effortOf({ arguments: decision }: RuleFacts): Effort {
  const known = EFFORTS.get(decision);
  if (known !== undefined) return known;
  const effort = new Effort();
  EFFORTS.set(decision, effort);
  return effort;
}
