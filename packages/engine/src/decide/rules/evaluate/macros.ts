import { turnCost } from './costs.ts';
import { TOO_MUCH } from './effort.ts';
import type { Frame, Run } from './frame.ts';
import { mismatch } from './operators.ts';
import { Failure } from './values.ts';

/** A macro, ready to be evaluated. */
export interface MacroParts {
  readonly range: Run;
  readonly body: Run;

  /** Where the frame keeps the element. */
  readonly slot: number;

  /** How many parts the body has, which every turn pays for. */
  readonly parts: number;

  /** The text of the macro, for messages. */
  readonly at: string;
}

/** Tells one element and the answer of the body for it. Answering false ends the walk. */
type Visitor = (element: unknown, answer: boolean | Failure) => boolean;

/** Builds the evaluation of a macro, by its name in CEL. */
export const MACRO_RUNS: ReadonlyMap<string, (parts: MacroParts) => Run> = new Map([
  ['all', (parts: MacroParts) => quantifier(parts, false)],
  ['exists', (parts: MacroParts) => quantifier(parts, true)],
  ['exists_one', existsOne],
  ['filter', filter],
]);

/** Ends at the first element whose body is `decisive`. Until then failures wait: they count only when nothing decides. */
function quantifier(parts: MacroParts, decisive: boolean): Run {
  return (frame) => {
    let failure: Failure | undefined;
    let decided = false;
    const problem = walk(frame, parts, (_, answer) => {
      if (answer instanceof Failure) failure ??= answer;
      else decided = answer === decisive;
      return !decided;
    });
    if (problem !== undefined) return problem;
    return decided ? decisive : (failure ?? !decisive);
  };
}

function existsOne(parts: MacroParts): Run {
  return (frame) => {
    let count = 0;
    const problem = strictWalk(frame, parts, () => count++);
    return problem ?? count === 1;
  };
}

function filter(parts: MacroParts): Run {
  return (frame) => {
    const kept: unknown[] = [];
    const problem = strictWalk(frame, parts, (element) => kept.push(element));
    return problem ?? kept;
  };
}

/** Walks the elements that the body holds for. A failure of the body is a failure of the whole. */
function strictWalk(frame: Frame, parts: MacroParts, held: (element: unknown) => void): Failure | undefined {
  let failure: Failure | undefined;
  const problem = walk(frame, parts, (element, answer) => {
    if (answer instanceof Failure) failure = answer;
    else if (answer) held(element);
    return failure === undefined;
  });
  return problem ?? failure;
}

function walk(frame: Frame, macro: MacroParts, visitor: Visitor): Failure | undefined {
  const { range, body, slot, at } = macro;
  const cost = turnCost(macro.parts);
  const elements = elementsOf(range(frame), at);
  if (elements instanceof Failure) return elements;
  for (const element of elements) {
    if (!frame.take(cost)) return TOO_MUCH;
    frame.elements[slot] = element;
    const answer = body(frame);
    const known = typeof answer === 'boolean' || answer instanceof Failure;
    if (!visitor(element, known ? answer : mismatch('expected true or false', [answer], at)))
      return undefined;
  }
  return undefined;
}

/** In CEL a macro also goes over the keys of an object, which an agent could send in place of a list to hide its values. */
function elementsOf(range: unknown, at: string): readonly unknown[] | Failure {
  if (range instanceof Failure || Array.isArray(range)) return range;
  return mismatch('expected a list', [range], at);
}
