import type { Question, Rule } from './rules.ts';

/** Answers one question that was put into the contestant's own form before the clock ran. */
export type Ask = () => boolean | Promise<boolean>;

/** What a contestant is compared as. */
export type Role =
  /** The engine as it is meant to be used; what the others are compared with. */
  | 'ours'
  /** Another way to write the same rules for our engine. */
  | 'ours, other shape'
  /** A library that holds the rules and finds the one that matters. */
  | 'peer'
  /** A library that compares while the application finds the rule: less work than the others do. */
  | 'peer, rule found for it'
  /** Code for these rules and nothing else; what no engine can beat. */
  | 'by hand';

export interface Contestant {
  readonly name: string;
  readonly role: Role;

  /** What has to be known to compare its figures fairly. */
  readonly remark?: string;

  /** Most rules that this shape can hold. @default any number */
  readonly mostRules?: number;

  /** Rules of this shape do not look at the agent, so it is only asked questions where that changes nothing. */
  readonly ignoresAgent?: boolean;

  /** Loads the rules, then puts any number of questions into its own form. */
  load(rules: readonly Rule[]): Promise<(question: Question) => Ask>;
}
