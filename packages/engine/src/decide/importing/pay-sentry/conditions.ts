import { BUDGET_DECIMALS } from '../../../nouns/asset.ts';
import { formatUnits } from '../../../nouns/money.ts';
import { recipientKey } from '../../../nouns/payee.ts';
import { quoted } from '../../../nouns/wording.ts';
import { microsOf } from '../decimal-amount.ts';
import type { Translation } from '../imported.ts';
import type { PaySentryConditions } from './document.ts';
import { patternExpression } from './pattern-expression.ts';

type Path = readonly PropertyKey[];

/** What the conditions of a policy are read with. */
export interface Reading {
  /** The tools of each service. */
  readonly services: ReadonlyMap<string, readonly string[]>;

  /** What every amount of the policy counts as. */
  readonly currency: string;

  readonly translation: Translation;
}

/** The parts of an expression, all of which have to hold. None at all hold for every call. */
export type Conjuncts = readonly string[];

/** In the case in which it is read anyway: beside the bare fact, no text may end in a full stop, as that of `*api.*` does. */
const RECIPIENT = 'payee.recipient.lowerAscii()';

/** Translates the conditions of one rule. What cannot be said exactly is refused, whether the rule allows or denies. */
export function conjunctsOf(conditions: PaySentryConditions, path: Path, reading: Reading): Conjuncts {
  const { protocols, metadata } = conditions;
  const { translation } = reading;
  if (protocols !== undefined) {
    const message =
      'expected no protocols, as a call does not say one; write a rule over `payee.scheme` instead';
    translation.refuse([...path, 'protocols'], message);
  }
  if (metadata !== undefined) {
    const message = 'expected no metadata, as a call has none; write a rule over `arguments` instead';
    translation.refuse([...path, 'metadata'], message);
  }
  return [
    ...agents(conditions, path, reading),
    ...recipients(conditions, path, reading),
    ...services(conditions, path, reading),
    ...amounts(conditions, reading),
  ];
}

/** The tools that services stand for. Refuses a service whose tools nobody named. */
export function toolsOf(
  names: readonly string[],
  path: Path,
  { services: known, translation }: Reading,
): string[] {
  const tools = names.flatMap((name, index) => {
    const found = known.get(name);
    if (found === undefined) {
      const message = `expected the option \`services\` to name the tools of ${quoted(name)}`;
      translation.refuse([...path, index], message);
    }
    return found ?? [];
  });
  return [...new Set(tools)];
}

function agents({ agents: patterns }: PaySentryConditions, path: Path, { translation }: Reading): Conjuncts {
  if (patterns === undefined) return [];
  return matching('principal.agent', patterns, { path: [...path, 'agents'], translation });
}

/** A call without a recipient matches no pattern; that it does not pass for it, `merchants` sees to. */
function recipients(
  { recipients: patterns }: PaySentryConditions,
  path: Path,
  { translation }: Reading,
): Conjuncts {
  if (patterns === undefined) return [];
  return [
    'has(payee.recipient)',
    ...matching(RECIPIENT, patterns.map(recipientKey), { path: [...path, 'recipients'], translation }),
  ];
}

function matching(
  subject: string,
  patterns: readonly string[],
  { path, translation }: { readonly path: Path; readonly translation: Translation },
): Conjuncts {
  const expression = patternExpression(subject, [...new Set(patterns)]);
  if (expression === 'any') return [];
  if (expression !== undefined) return [`(${expression})`];
  const message =
    'expected patterns with wildcards in one place, such as `*.example.com`, or around one text, such as `*evil*`';
  translation.refuse(path, message);
  return [];
}

function services({ services: names }: PaySentryConditions, path: Path, reading: Reading): Conjuncts {
  if (names === undefined) return [];
  const tools = toolsOf(names, [...path, 'services'], reading);
  return [`tool in [${tools.map((tool) => JSON.stringify(tool)).join(', ')}]`];
}

/** A price that does not count as the currency fails the comparison, and a failed rule denies. */
function amounts(
  { minAmount, maxAmount, currencies }: PaySentryConditions,
  { currency }: Reading,
): Conjuncts {
  const money = (amount: number): string =>
    `money("${formatUnits(microsOf(amount) ?? 0n, BUDGET_DECIMALS)} ${currency}")`;
  const bounds = [
    ...(minAmount === undefined ? [] : [`price >= ${money(minAmount)}`]),
    ...(maxAmount === undefined ? [] : [`price <= ${money(maxAmount)}`]),
  ];
  return bounds.length === 0 && currencies !== undefined ? [`price >= ${money(0)}`] : bounds;
}
