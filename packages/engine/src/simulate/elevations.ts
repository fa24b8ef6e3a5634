import type { ApprovalDemand } from '../nouns/decision.ts';
import type { Elevation } from '../nouns/facts.ts';
import type { SessionKey } from '../nouns/hold.ts';
import { sessionId } from '../stores/keys.ts';

/** What people would have let sessions do for a while, as far as they agreed to what the draft asks too. */
export class Elevations {
  readonly #given = new Map<string, readonly Elevation[]>();

  /** People agreed to a call: each demand of the draft that elevates does so for as long as it says. */
  add(
    call: {
      readonly principal: SessionKey;
      readonly tool: string;
      readonly asked: readonly ApprovalDemand[];
    },
    nowMs: number,
  ): void {
    const given = call.asked.flatMap(({ policy, elevatesForMs = 0 }) =>
      elevatesForMs > 0 ? [{ policy, tool: call.tool, untilMs: nowMs + elevatesForMs }] : [],
    );
    if (given.length === 0) return;
    const { principal } = call;
    this.#given.set(sessionId(principal), [...this.of(principal, nowMs), ...given]);
  }

  /** Those of a session that still last. */
  of(session: SessionKey, nowMs: number): readonly Elevation[] {
    const given = this.#given.get(sessionId(session));
    if (given === undefined) return [];
    const lasting = given.filter(({ untilMs }) => nowMs < untilMs);
    if (lasting.length === 0) this.#given.delete(sessionId(session));
    return lasting;
  }
}
