import { pathText, quoted } from '../../nouns/wording.ts';
import { PAYEE_KEYS, type PayeeSection } from '../checks/payee.ts';
import type { Examined, Found } from './examined.ts';
import { listsOf } from './lists.ts';
import { type Lists, Usable } from './usable.ts';

/** Entries of lists that change nothing: they stand there twice, or the policy denies all that they allow. */
export function idleEntries(policy: Examined): readonly Found[] {
  const { tools } = policy.document;
  return [
    ...repeated(policy),
    ...deniedEntries('tools', tools?.allow, policy.tools),
    ...payeeLists(policy).flatMap(({ section, lists }) => deniedEntries(section, lists.allow, lists)),
  ];
}

/** The lists about who receives the money, where and what for, compared as calls are. */
export function payeeLists({
  document: { merchants, networks, categories },
  effort,
}: Examined): readonly { readonly section: PayeeSection; readonly lists: Usable }[] {
  const usable = (section: PayeeSection, { allow, deny = [] }: Lists = {}) => {
    const fold = PAYEE_KEYS[section];
    const denied = { deny: deny.map(fold) };
    const known = allow === undefined ? denied : { ...denied, allow: allow.map(fold) };
    return { section, lists: new Usable(known, 'none', effort) };
  };
  return [usable('merchants', merchants), usable('networks', networks), usable('categories', categories)];
}

function deniedEntries(
  section: 'tools' | PayeeSection,
  allow: readonly string[] = [],
  lists: Usable,
): readonly Found[] {
  return allow.flatMap((pattern, index) => {
    const denial = lists.denial(pattern);
    if (denial === undefined) return [];
    const message = `${quoted(pattern)} is denied by \`${section}.${denial.clause}\`, and deny beats allow; remove one of the two`;
    return [{ code: 'CLAUSE_UNREACHABLE', section, steps: ['allow', index], message }];
  });
}

function repeated(policy: Examined): readonly Found[] {
  return listsOf(policy.document).flatMap(({ section, steps, names, folded }) => {
    const seen = new Map<string, number>();
    return names.flatMap((name, index): readonly Found[] => {
      const first = seen.get(folded(name));
      if (first === undefined) {
        seen.set(folded(name), index);
        return [];
      }
      const message = `${quoted(name)} is in the list already, at \`${pathText([section, ...steps, first])}\`; remove one of the two`;
      return [{ code: 'CLAUSE_UNREACHABLE', section, steps: [...steps, index], message }];
    });
  });
}
