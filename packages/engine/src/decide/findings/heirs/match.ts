import { listed } from '../../../nouns/wording.ts';
import { listSelector } from '../../checks/tools.ts';
import type { NormalizedPolicy } from '../../document/schema.ts';
import type { Examined } from '../examined.ts';
import { coverOf } from '../usable.ts';

type Match = NonNullable<NormalizedPolicy['match']>;

const FIELDS = [
  'agents',
  'owners',
  'tenants',
  'frameworks',
  'sessions',
] as const satisfies readonly (keyof Match)[];

/** How an heir's `match` reaches further than that of its base, in words; undefined where it does not. */
export function matchesMore({ document, effort }: Examined, base: Match): string | undefined {
  const { match = {} } = document;
  const further = FIELDS.flatMap((field) => {
    const [own, theirs] = [match[field], base[field]];
    if (theirs === undefined || theirs.some((name) => name === '*' || name === '**')) return [];
    if (own === undefined) return [`\`${field}\` is missing, where the base has ${wordsOf(theirs)}`];
    const names = listSelector(field, theirs, { separator: 'none' });
    const cover = { separator: 'none', effort } as const;
    const outside = own.filter((name) => effort.take(1) && coverOf(names, name, cover) === undefined);
    if (outside.length === 0) return [];
    return [`\`${field}\` has ${wordsOf(outside)}, where the base has ${wordsOf(theirs)}`];
  });
  return further.length === 0 ? undefined : further.join('; ');
}

function wordsOf(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : listed(names, 3);
}
