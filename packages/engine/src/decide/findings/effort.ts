/**
 * How much comparing one check may do, in steps of about one character pair each. What is not compared is not reported,
 * so a set of documents that was made to be slow yields fewer findings, not a slow answer.
 */
export class Effort {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** Whether that many steps are left; takes them. Once refused, everything is refused. */
  take(steps: number): boolean {
    this.#left = this.#left < steps ? 0 : this.#left - steps;
    return this.#left > 0;
  }

  /** Whether something was refused, so that an answer may be a guess. */
  get spent(): boolean {
    return this.#left <= 0;
  }
}
