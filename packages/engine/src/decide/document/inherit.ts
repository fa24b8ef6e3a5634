import type { Problem } from './problems.ts';
import type { NormalizedPolicy } from './schema.ts';

/** A document with the sections of its bases filled in. */
export interface Inherited {
  readonly document: NormalizedPolicy;

  /** Ids of the documents that it extends, the nearest first. Where it applies, it stands in for them. */
  readonly bases: readonly string[];

  /** In which document a section was written. */
  readonly originOf: (section: keyof NormalizedPolicy) => string;

  /** The time zone where the budgets were written: an heir's own does not give it their money a second time. */
  readonly budgetZone: string | undefined;
}

/** Longest line of documents that extend each other. */
const MAX_BASES = 5;

/** What a document says about itself alone. */
const OWN: readonly (keyof NormalizedPolicy)[] = ['id', 'version', 'enabled', 'description', 'extends'];

/**
 * Fills in what each document inherits: a section that it does not have is that of the document that it extends, whole.
 * A disabled base still gives its sections. Reports bases that are not there, that form a circle or that go on too long.
 */
export function inherit(
  documents: readonly NormalizedPolicy[],
  report: (problem: Problem) => void,
): readonly Inherited[] {
  const byId = new Map(documents.map((document) => [document.id, document]));
  return documents.map((document, index) => {
    const line = lineOf(document, byId);
    if ('problem' in line) {
      report({ path: [index, 'extends'], message: line.problem });
      return { document, bases: [], originOf: () => document.id, budgetZone: document.timezone };
    }
    return merged([document, ...line.bases]);
  });
}

function lineOf(
  document: NormalizedPolicy,
  byId: ReadonlyMap<string, NormalizedPolicy>,
): { readonly bases: readonly NormalizedPolicy[] } | { readonly problem: string } {
  const bases: NormalizedPolicy[] = [];
  let name = document.extends;
  while (name !== undefined) {
    const base = byId.get(name);
    if (base === undefined) return { problem: `expected the id of another policy, got \`${name}\`` };
    if (base === document || bases.includes(base))
      return { problem: `expected policies that end somewhere, got a circle through \`${name}\`` };
    if (bases.length === MAX_BASES) return { problem: `expected at most ${MAX_BASES} policies in a line` };
    bases.push(base);
    name = base.extends;
  }
  return { bases };
}

function merged(line: readonly [NormalizedPolicy, ...NormalizedPolicy[]]): Inherited {
  const [document, ...bases] = line;
  const originOf = (section: keyof NormalizedPolicy): string =>
    line.find((each) => each[section] !== undefined)?.id ?? document.id;
  const whole = bases.reduceRight<Partial<NormalizedPolicy>>(
    (so, base) => ({ ...so, ...sectionsOf(base) }),
    {},
  );
  const written = line.findIndex(({ budgets }) => budgets !== undefined);
  const budgetZone = line
    .slice(Math.max(0, written))
    .find(({ timezone }) => timezone !== undefined)?.timezone;
  return { document: { ...whole, ...document }, bases: bases.map(({ id }) => id), originOf, budgetZone };
}

function sectionsOf(document: NormalizedPolicy): Partial<NormalizedPolicy> {
  const entries = Object.entries(document).filter(([key]) => !OWN.some((own) => own === key));
  return Object.fromEntries(entries);
}
