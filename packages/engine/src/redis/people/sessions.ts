import type { Elevation } from '../../nouns/facts.ts';
import { subjectKey } from '../../nouns/revocation.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { lasting } from '../../stores/transitions/sessions.ts';
import type { FieldNames } from '../keys.ts';
import { jsonOf, textOf, wholeOf } from '../replies.ts';
import { type Reply, run, type Slot } from '../script.ts';
import { SESSION } from '../scripts/sessions.ts';

/** Sessions of one slot. What counts in them is counted by the scripts that reserve, refuse and vote. */
export function sessionsOf(slot: Slot, names: FieldNames): Pick<PromisedStore, 'session'> {
  return {
    async session({ issuer, tenant, owner, agent, session }) {
      const key = subjectKey({ kind: 'session', issuer, tenant, owner, agent, session });
      const { now, rest } = await run(slot, SESSION, [names.of(key)]);
      const [calls, denials, writes] = rest;
      const { elevations } = toldElevations(rest.slice(3), now);
      return { calls: wholeOf(calls), denials: wholeOf(denials), writes: wholeOf(writes), elevations };
    },
  };
}

/** What people let a session do, as a script tells it. */
export interface ToldElevations {
  /** As it is kept. */
  readonly words: string;

  /** What counts of it: nothing where other policies than those that gave it are active. */
  readonly elevations: readonly Elevation[];

  /** Hash of the active policies; undefined where none are. */
  readonly active: string | undefined;
}

/** The elevations of three values of a reply, as they count at `nowMs`. */
export function toldElevations([kept, under, policies]: readonly Reply[], nowMs: number): ToldElevations {
  const [words, active] = [textOf(kept), textOf(policies)];
  const counts = words !== '' && textOf(under) === active;
  const elevations = counts ? lasting(jsonOf(words) as readonly Elevation[], nowMs) : [];
  return { words, elevations, active: active === '' ? undefined : active };
}
