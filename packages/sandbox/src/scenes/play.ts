import type { Conversation } from '../agent/agent.ts';
import type { Stage } from '../stage/stage.ts';
import type { Timeline } from '../timeline/timeline.ts';

/** What a scene works with. */
export interface Play {
  readonly stage: Stage;
  readonly timeline: Timeline;

  /** The agent that writes the report. */
  readonly conversation: Conversation;
}

/** Something that the run promises, and whether it holds. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;

  /** What was found, for the message when it does not hold. */
  readonly found: string;
}

/** One part of the run. Answers what it proved. */
export type Scene = (play: Play) => Promise<readonly Check[]>;

/** A check that two texts are equal. */
export function same(what: string, found: unknown, expected: unknown): Check {
  return { what, holds: found === expected, found: `expected ${String(expected)}, found ${String(found)}` };
}

/** Checks of what a script does; a real model may go about its task in another way. */
export function ofScript({ conversation }: Play, checks: readonly Check[]): readonly Check[] {
  return conversation.model === 'scripted' ? checks : [];
}
