import { type Effect, effects } from '../../nouns/effect.ts';
import type { PolicyFinding } from '../../nouns/policies.ts';
import type { Listed } from '../checks/tools.ts';
import type { Inherited } from '../document/inherit.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import type { Selector } from '../matching/selector.ts';
import type { Effort } from './effort.ts';
import { coverOf, Usable } from './usable.ts';

export type Section = keyof NormalizedPolicy;

/** Something found in a section, which another document may have written. */
export interface Found {
  readonly code: PolicyFinding['code'];
  readonly section: Section;

  /** Where in the section. */
  readonly steps: readonly PropertyKey[];
  readonly message: string;
}

/** One enabled policy with all that it inherits, and what follows from its lists. */
export class Examined {
  readonly document: NormalizedPolicy;
  readonly bases: readonly string[];

  /** In which document a section was written. */
  readonly originOf: Inherited['originOf'];

  /** Where the calendar of its budgets is read. */
  readonly budgetZone: Inherited['budgetZone'];
  readonly tools: Usable;

  /** What a call may do at most before this policy objects to it. */
  readonly effects: readonly Effect[];

  /** It names no agent, no owner or nobody else that it could apply to. */
  readonly matchesNobody: boolean;

  constructor(
    { document, bases, originOf, budgetZone }: Inherited,
    readonly effort: Effort,
  ) {
    this.document = document;
    this.bases = bases;
    this.originOf = originOf;
    this.budgetZone = budgetZone;
    this.tools = new Usable(document.tools ?? {}, '/', effort);
    this.effects = effectsOf(document);
    this.matchesNobody = Object.values(document.match ?? {}).some((names) => names.length === 0);
  }

  /** It objects to every call, whatever its other sections say. */
  get allowsNothing(): boolean {
    return !this.tools.any || this.effects.length === 0 || this.document.schedule?.allow?.length === 0;
  }

  /** Whether some tool that a clause names can be called. A clause that names none concerns all of them. */
  concerns(tools: readonly string[] | undefined): boolean {
    return tools === undefined || tools.some((pattern) => this.tools.has(pattern));
  }

  /** Whether each tool that a clause can meet is one of the others, by one pattern alone. `true` is certain. */
  isWithin(tools: readonly string[] | undefined, others: Selector<Listed>): boolean {
    const { effort } = this;
    return (tools ?? this.tools.allow ?? ['**'])
      .filter((pattern) => this.tools.has(pattern))
      .every(
        (pattern) => effort.take(1) && coverOf(others, pattern, { separator: '/', effort }) !== undefined,
      );
  }
}

function effectsOf({ effects: section, sessions }: NormalizedPolicy): readonly Effect[] {
  const allowed = effects.filter((effect) => section?.allow?.includes(effect) ?? true);
  if (sessions?.mode !== 'read-only') return allowed;
  return allowed.filter(
    (effect) => effect === 'read' || (effect !== 'admin' && sessions.elevation !== undefined),
  );
}
