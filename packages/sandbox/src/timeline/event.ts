/** What Torii said to a call, and whether the tool then did its work. */
export type CallVerdict = 'allowed' | 'denied' | 'waiting' | 'failed';

/** A part of the run begins. */
export interface SceneEvent {
  readonly kind: 'scene';
  readonly atMs: number;
  readonly title: string;

  /** What is shown and why. */
  readonly why: string;
}

/** One call of a tool and its answer. */
export interface CallEvent {
  readonly kind: 'call';
  readonly atMs: number;
  readonly agent: string;
  readonly tool: string;
  readonly verdict: CallVerdict;

  /** HTTP status; undefined where the engine was asked without HTTP. */
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly callId?: string | undefined;

  /** What the call cost, or holds while it waits, in USD; undefined where it cost nothing because it did not run. */
  readonly costUsd?: string | undefined;

  /** What is left of the session's budget, in USD. */
  readonly leftUsd?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;

  /** For a person. */
  readonly note: string;
}

/** Something else that happened. */
export interface NoteEvent {
  readonly kind: 'note';
  readonly atMs: number;

  /** Who did it: `webhook`, `ada`, `agent`, ... */
  readonly who: string;
  readonly text: string;
}

/** One line of the timeline. */
export type TimelineEvent = SceneEvent | CallEvent | NoteEvent;
