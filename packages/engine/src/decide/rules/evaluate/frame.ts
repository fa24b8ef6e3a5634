import type { RuleFacts } from '../facts.ts';
import { Failure } from './values.ts';

/** Most elements that all macros of one evaluation may go over together. */
export const MAX_VISITS = 100_000;

const NOT_READ = Symbol('not read');

/** What one evaluation knows and keeps. */
export class Frame {
  /** The elements at hand, outermost macro first. */
  readonly elements: unknown[] = [];
  #visits = 0;
  #arguments: unknown = NOT_READ;

  constructor(readonly facts: RuleFacts) {}

  /** The arguments, asked for once. Arguments that cannot be had are a failure like any other. */
  arguments(): unknown {
    if (this.#arguments === NOT_READ) this.#arguments = readArguments(this.facts);
    return this.#arguments;
  }

  /** Counts one element of a macro. Answers false when the evaluation has seen as many as it may. */
  visit(): boolean {
    return ++this.#visits <= MAX_VISITS;
  }
}

/** A part of an expression, ready to be evaluated. Answers a value or a `Failure`, and never throws for plain JSON. */
export type Run = (frame: Frame) => unknown;

function readArguments(facts: RuleFacts): unknown {
  try {
    return facts.arguments();
  } catch {
    return new Failure('expected arguments that can be read');
  }
}
