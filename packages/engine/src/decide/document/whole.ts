import { pathText } from '../../nouns/wording.ts';
import { isSearched } from '../matching/glob.ts';
import { budgetIdentity, rateIdentity } from './limits.ts';
import type { Inherited } from './inherit.ts';
import { peopleProblems } from './people.ts';
import type { Problem } from './problems.ts';
import { type NormalizedPolicy, reportRepeats } from './schema.ts';

/** Most characters of patterns that have to be searched for, so that no accepted document makes `decide` slow. */
const MAX_SEARCHED = 4_000;

/**
 * What can only be judged once a document has all that it inherits: classes that are not there, and clauses that count
 * the same. Paths are those of the document.
 */
export function wholeProblems({ document, budgetZone }: Inherited, written: unknown): readonly Problem[] {
  const { budgets = [], rates = [], classes = {} } = document;
  const problems: Problem[] = [];
  const characters = searchedCharacters(document);
  if (characters > MAX_SEARCHED) {
    const message = `expected patterns with stars in several places of at most ${MAX_SEARCHED} characters in all, got ${characters}`;
    problems.push({ path: [], message });
  }
  if (hidesName(written, 'classes'))
    problems.push({ path: ['classes', '__proto__'], message: 'expected another name for a class' });
  if (hidesName(memberOf(written, 'people'), 'roles'))
    problems.push({ path: ['people', 'roles', '__proto__'], message: 'expected another name for a role' });
  problems.push(...peopleProblems(document));
  for (const [index, { class: name }] of rates.entries()) {
    if (name === undefined || Object.hasOwn(classes, name)) continue;
    problems.push({
      path: ['rates', index, 'class'],
      message: `expected a class of \`classes\`, got \`${name}\``,
    });
  }
  const zoned = budgets.map((budget) =>
    budgetIdentity(budgetZone === undefined ? budget : { timezone: budgetZone, ...budget }),
  );
  for (const [name, identities] of [
    ['budgets', zoned],
    ['rates', rates.map((rate) => rateIdentity(rate))],
  ] as const) {
    const names = identities.map((identity) => JSON.stringify(identity));
    reportRepeats(names, (index, first) => {
      const message = `counts the same as \`${pathText([name, first])}\`; keep one of the two`;
      problems.push({ path: [name, index], message });
    });
  }
  return problems;
}

/** JSON may name a class or a role `__proto__`, which readers of records leave out in silence. */
function hidesName(written: unknown, section: string): boolean {
  const record = memberOf(written, section);
  return typeof record === 'object' && record !== null && Object.hasOwn(record, '__proto__');
}

function memberOf(written: unknown, name: string): unknown {
  if (typeof written !== 'object' || written === null) return undefined;
  return Object.getOwnPropertyDescriptor(written, name)?.value;
}

/** How many characters of a document's patterns have to be searched for. */
function searchedCharacters(document: NormalizedPolicy): number {
  const {
    match: whom = {},
    tools = {},
    effects = {},
    merchants = {},
    categories = {},
    classes: named = {},
  } = document;
  const { budgets = [], rates = [], approvals = [], rules = [] } = document;
  const conditions = approvals.map(({ when }) => (when === 'always' ? undefined : when.tools));
  const filters = [...budgets, ...rates, ...rules].map((clause) => clause.tools);
  const listed = [tools, merchants, categories].flatMap(({ allow, deny }) => [allow, deny]);
  const all = [
    ...Object.values(whom),
    ...listed,
    ...Object.values(named),
    ...Object.values(effects.overrides ?? {}),
    document.sessions?.elevation?.tools,
    ...filters,
    ...conditions,
  ];
  const searched = all.flatMap((each) => each ?? []).filter(isSearched);
  return searched.reduce((sum, { length }) => sum + length, 0);
}
