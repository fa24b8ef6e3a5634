import { quoted } from '../../../nouns/wording.ts';
import type { Inherited } from '../../document/inherit.ts';
import type { Examined, Found, Section } from '../examined.ts';
import { concernsEverybody } from '../nothing-allowed.ts';
import { LOSSES } from './losses.ts';
import type { Compare } from './lost.ts';
import { matchesMore } from './match.ts';

/** Most lost clauses of one section that are told one by one. */
const TOLD = 10;

const TO_DO = 'keep it here, or put what everybody has to obey into a policy that nobody extends';

/** Something found in the section of an heir, and which policy has that section. */
export interface HeirFound {
  readonly policy: Examined;
  readonly found: Found;
}

/**
 * What heirs do that is easily overlooked: a section of theirs replaces that of their base with all that it forbade, and
 * a `match` of theirs gives a policy to calls that had none. What a policy for everybody, which nobody extends, forbids
 * as well is not lost. Bases that are disabled count as templates: their sections do, their `match` does not.
 */
export function heirFindings(
  policies: readonly Examined[],
  known: readonly Inherited[],
): readonly HeirFound[] {
  const byId = new Map(known.map((each) => [each.document.id, each]));
  const replaceable = new Set(policies.flatMap(({ bases }) => bases));
  const unguarded = unguardedBy(
    policies.filter((policy) => !replaceable.has(policy.document.id) && concernsEverybody(policy)),
  );
  return policies
    .filter(({ bases }) => bases.length > 0)
    .flatMap((policy) => [
      ...matchFindings(policy, byId),
      ...(policy.allowsNothing || policy.matchesNobody
        ? []
        : [...LOSSES].flatMap(([section, compare]) =>
            lossesOf({ policy, byId, unguarded }, section, compare),
          )),
    ]);
}

type Known = ReadonlyMap<string, Inherited>;

/** Heirs that inherit a section from a base that applies itself lose nothing that the base has not lost. */
function basesOf(policy: Examined, section: Section, byId: Known): readonly Inherited[] {
  const line = [policy.document.id, ...policy.bases];
  const origin = policy.originOf(section);
  if (origin !== policy.document.id && byId.get(origin)?.document.enabled === true) return [];
  const bases: Inherited[] = [];
  for (const id of line.slice(line.indexOf(origin) + 1)) {
    const base = byId.get(id);
    if (base?.document[section] === undefined) continue;
    const { enabled } = base.document;
    if (enabled || base.originOf(section) === id) bases.push(base);
    // What an enabled base lost of its own base is reported there.
    if (enabled) break;
  }
  return bases;
}

interface Asked {
  readonly policy: Examined;
  readonly byId: Known;
  readonly unguarded: Unguarded;
}

function lossesOf(
  { policy, byId, unguarded }: Asked,
  section: Section,
  compare: Compare,
): readonly HeirFound[] {
  if (policy.document[section] === undefined) return [];
  // Whoever has rates of their own too has lost, where the tools are fewer, a rate.
  if (section === 'classes' && policy.originOf('rates') === policy.originOf('classes')) return [];
  const lost = basesOf(policy, section, byId).flatMap((base) => {
    const places = compare(base, policy);
    if (places.length === 0) return [];
    const open = unguarded(base, section, compare);
    return places
      .filter(({ place }) => open?.has(place) ?? true)
      .map(({ words }) => ({ words, id: base.document.id }));
  });
  // Without effort left, what is kept looks lost.
  if (lost.length === 0 || policy.effort.spent) return [];
  const told = lost.slice(0, TOLD).map(({ words, id }) => {
    return `${words()}: this section replaces that of ${quoted(id, 128)}; ${TO_DO}`;
  });
  const more = lost.length - told.length;
  if (more > 0) told.push(`${more} more clauses of the section that this one replaces are lost; ${TO_DO}`);
  return told.map((message) => ({
    policy,
    found: { code: 'HEIR_LOSES_CLAUSE', section, steps: [], message },
  }));
}

/** The places of a section that no policy for everybody keeps; undefined where there is no such policy. */
type Unguarded = (base: Inherited, section: Section, compare: Compare) => ReadonlySet<string> | undefined;

/** Asks each policy that everybody has once about each section of a base, however many heirs that has. */
function unguardedBy([first, ...others]: readonly Examined[]): Unguarded {
  const known = new Map<string, ReadonlySet<string>>();
  return (base, section, compare) => {
    if (first === undefined) return undefined;
    const lacking = (guard: Examined) => new Set(compare(base, guard).map(({ place }) => place));
    const key = `${section} ${base.document.id}`;
    const places =
      known.get(key) ??
      others.reduce((left, guard) => (left.size === 0 ? left : common(left, lacking(guard))), lacking(first));
    known.set(key, places);
    return places;
  };
}

function common(some: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...some].filter((place) => others.has(place)));
}

function matchFindings(policy: Examined, byId: Known): readonly HeirFound[] {
  const base = basesOf(policy, 'match', byId).find(({ document }) => document.enabled);
  if (base === undefined || policy.matchesNobody) return [];
  const more = matchesMore(policy, base.document.match ?? {});
  if (more === undefined || policy.effort.spent) return [];
  const message = `${more}: the policy also applies to calls that ${quoted(base.document.id, 128)}, which it extends, does not concern; narrow \`match\`, or write a policy that does not extend`;
  return [{ policy, found: { code: 'HEIR_MATCHES_MORE', section: 'match', steps: [], message } }];
}
