import type { Inherited } from '../../document/inherit.ts';
import type { Examined } from '../examined.ts';

/** Something that a base forbids or limits, and that another policy does not. */
export interface Lost {
  /** Where it stands in the base: `tools.deny[0]`. */
  readonly place: string;

  /** What is lost, for people. Only a few are ever told. */
  readonly words: () => string;
}

/** What of one section of a base a policy does not have. */
export type Compare = (base: Inherited, policy: Examined) => readonly Lost[];
