import type { RuleFacts } from '../facts.ts';
import type { Cost } from './costs.ts';
import { type Effort, effortOf } from './effort.ts';
import { Failure, isObject } from './values.ts';

const NOT_READ = Symbol('not read');

/** What one evaluation knows and keeps. */
export class Frame {
  /** The elements at hand, outermost macro first. */
  readonly elements: unknown[] = [];
  readonly #effort: Effort;
  #exhausted = false;
  #arguments: unknown = NOT_READ;

  constructor(readonly facts: RuleFacts) {
    this.#effort = effortOf(facts);
  }

  /** The arguments, asked for once. Arguments that cannot be had are a failure like any other. */
  arguments(): unknown {
    if (this.#arguments === NOT_READ) this.#arguments = readArguments(this.facts);
    return this.#arguments;
  }

  /**
   * Whether this evaluation asked for more than was left. It then has no answer, even if what is left of it decides:
   * so whether a decision runs out does not depend on the order of its rules.
   */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Takes the steps of an operation on two values. Answers false when fewer are left. */
  affords(cost: Cost, left: unknown, right?: unknown): boolean {
    // Estimating takes time itself where there are lists or objects.
    const steps = this.#effort.spent && (isLarge(left) || isLarge(right)) ? 1 : cost(left, right);
    return steps === 0 || this.take(steps);
  }

  /** Takes steps of the decision. Answers false when fewer are left. */
  take(steps: number): boolean {
    if (!this.#effort.take(steps)) this.#exhausted = true;
    return !this.#exhausted;
  }

  /** Works something out once for all rules of the decision. It must depend on nothing but the arguments. */
  once(key: string, run: Run): unknown {
    const { known } = this.#effort;
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = run(this);
    known.set(key, value);
    return value;
  }
}

/** A part of an expression, ready to be evaluated. Answers a value or a `Failure`, and never throws for plain JSON. */
export type Run = (frame: Frame) => unknown;

function isLarge(value: unknown): boolean {
  return Array.isArray(value) || isObject(value);
}

function readArguments(facts: RuleFacts): unknown {
  try {
    return facts.arguments();
  } catch {
    return new Failure('expected arguments that can be read');
  }
}
