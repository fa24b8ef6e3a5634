import type { Principal } from '../../nouns/principal.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { type Entry, type Ordered, Selector } from './selector.ts';

/** For whom a policy is asked. */
export interface Subject {
  readonly principal: Principal;

  /** Undefined asks for the policies of any framework, for status pages. */
  readonly framework: string | undefined;
}

const NONE: readonly never[] = [];

type Whom = NonNullable<NormalizedPolicy['match']>;

/** What a policy may match by, the most telling first: a policy is looked up by the first that it names. */
const FIELDS = ['agents', 'sessions', 'owners', 'tenants', 'frameworks'] as const;
type Field = (typeof FIELDS)[number];

const TEXT_OF: Readonly<Record<Field, (subject: Subject) => string | undefined>> = {
  agents: ({ principal }) => principal.agent,
  sessions: ({ principal }) => principal.session,
  owners: ({ principal }) => principal.owner,
  tenants: ({ principal }) => principal.tenant,
  frameworks: ({ framework }) => framework,
};

interface Candidate<T> extends Ordered {
  readonly item: T;

  /** The other fields that the policy names: all have to match. */
  readonly others: readonly {
    readonly textOf: (subject: Subject) => string | undefined;
    readonly names: Selector<Ordered>;
  }[];
}

/** Finds the items whose `match` fits a subject without looking at those of others. */
export class Matcher<T extends Ordered> {
  readonly #everybody: readonly Candidate<T>[];
  readonly #indexes: readonly {
    readonly textOf: (subject: Subject) => string | undefined;
    readonly all: readonly Candidate<T>[];
    readonly selector: Selector<Candidate<T>>;
  }[];

  constructor(entries: readonly { readonly item: T; readonly match: Whom | undefined }[]) {
    const byField = new Map<Field, Entry<Candidate<T>>[]>();
    const everybody: Candidate<T>[] = [];
    for (const { item, match = {} } of entries) {
      const [first, ...rest] = FIELDS.filter((field) => match[field] !== undefined);
      const others = rest.map((field) => ({ textOf: TEXT_OF[field], names: namesOf(match[field]) }));
      const candidate = { order: item.order, item, others };
      if (first === undefined) {
        everybody.push(candidate);
        continue;
      }
      const list = byField.get(first) ?? [];
      byField.set(first, list);
      list.push({ item: candidate, patterns: match[first] });
    }
    this.#everybody = everybody;
    this.#indexes = [...byField].map(([field, list]) => ({
      textOf: TEXT_OF[field],
      all: list.map(({ item }) => item),
      selector: new Selector(list, 'none'),
    }));
  }

  /** The items that fit, in their order. */
  match(subject: Subject): readonly T[] {
    const found: Candidate<T>[] = [...this.#everybody];
    for (const { textOf, all, selector } of this.#indexes) {
      const text = textOf(subject);
      for (const candidate of text === undefined ? all : selector.select(text)) {
        if (fits(candidate.others, subject)) found.push(candidate);
      }
    }
    if (found.length === 0) return NONE;
    if (found.length > 1) found.sort((a, b) => a.order - b.order);
    return found.map(({ item }) => item);
  }
}

function fits(others: Candidate<unknown>['others'], subject: Subject): boolean {
  for (const { textOf, names } of others) {
    const text = textOf(subject);
    if (text !== undefined && names.select(text).length === 0) return false;
  }
  return true;
}

function namesOf(patterns: readonly string[] | undefined): Selector<Ordered> {
  return new Selector([{ item: { order: 0 }, patterns }], 'none');
}
