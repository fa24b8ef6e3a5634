/** What policy may know beside the call itself. Everything that can change is handed over, so that `decide` is pure. */
export interface Facts {
  /** Milliseconds since 1970: when the call is decided. */
  readonly nowMs: number;

  /** What the session has done so far. Only policies with `sessions`, `anomaly` or rules over the session need it. */
  readonly session?: SessionFacts;
}

/** What one session of one agent has done so far, by the store. */
export interface SessionFacts {
  /** Decisions: held or denied. A call that was refused after it was held is two. */
  readonly calls: number;
  readonly denials: number;

  /** Held calls that do more than read. */
  readonly writes: number;

  /** What people have let this session do for a while beyond reading. */
  readonly elevations: readonly Elevation[];
}

/** Leave for one tool in one session until a moment, as one policy gives it. */
export interface Elevation {
  /** Id of the policy whose approvers gave it; no other policy is moved by it. */
  readonly policy: string;
  readonly tool: string;

  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

/** A session that has done nothing yet. */
export const NEW_SESSION: SessionFacts = Object.freeze({ calls: 0, denials: 0, writes: 0, elevations: [] });
