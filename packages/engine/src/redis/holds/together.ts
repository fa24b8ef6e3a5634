import { nextTurn } from '../../stores/turns.ts';
import { unavailable } from '../connection/failures.ts';
import { textOf, wholeOf } from '../replies.ts';
import { type Answer, type Argument, beforeNext, run, type Script, type Slot } from '../script.ts';

/** Steps of one script that go out together: more would keep others waiting for too long. */
const MOST_STEPS = 32;

/** Characters of arguments that go out together, unless one step alone has more. */
const MOST_CHARACTERS = 262_144;

type Join = (steps: readonly (readonly Argument[])[]) => readonly Argument[];

/** As long as a number can be. */
const NUMBER_LENGTH = 16;

interface Waiting {
  readonly args: readonly Argument[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends steps that are asked for in one turn of the event loop as one run of a script, which takes them in the order in
 * which they were asked for and answers each by itself. Whatever else is asked of the slot goes after them.
 */
export class Together {
  readonly #slot: Slot;
  readonly #script: Script;
  readonly #join: Join;
  #waiting: Waiting[] = [];
  #characters = 0;
  #planned = false;
  readonly #sendNow = (): void => this.#send();

  /** `join` puts the arguments of steps one after the other. */
  constructor(slot: Slot, script: Script, join: Join) {
    this.#slot = slot;
    this.#script = script;
    this.#join = join;
  }

  /** Rejects as `run` does: where nobody knows what became of the run, nobody knows of any of its steps. */
  run(args: readonly Argument[]): Promise<Answer> {
    const characters = lengthOf(args);
    if (this.#characters + characters > MOST_CHARACTERS) this.#send();
    beforeNext(this.#slot, this.#sendNow);
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.push({ args, resolve, reject }));
    this.#characters += characters;
    if (this.#waiting.length >= MOST_STEPS) this.#send();
    else if (this.#waiting.length === 1) this.#plan();
    return answer;
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    nextTurn(() => {
      this.#planned = false;
      this.#send();
    });
  }

  #send(): void {
    const steps = this.#waiting;
    if (steps.length === 0) return;
    this.#waiting = [];
    this.#characters = 0;
    void this.#sendAll(steps);
  }

  async #sendAll(steps: readonly Waiting[]): Promise<void> {
    try {
      const args = this.#join(steps.map((step) => step.args));
      const answer = await run(this.#slot, this.#script, args);
      let at = 0;
      for (const step of steps) at = settle(step, answer, at);
    } catch (error) {
      for (const { reject } of steps) reject(error);
    }
  }
}

function lengthOf(args: readonly Argument[]): number {
  let length = 0;
  for (const argument of args) length += typeof argument === 'string' ? argument.length : NUMBER_LENGTH;
  return length;
}

/** Tells a step its part of an answer, which begins with how many values it has. Answers where the next one begins. */
function settle({ resolve, reject }: Waiting, { now, rest }: Answer, at: number): number {
  const end = at + 1 + wholeOf(rest[at]);
  const kind = textOf(rest[at + 1]);
  if (kind === 'failed') reject(unavailable('redis cannot answer: the step failed'));
  else resolve({ kind, version: wholeOf(rest[at + 2]), now, rest: rest.slice(at + 3, end) });
  return end;
}
