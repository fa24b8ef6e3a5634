import type { Scope } from '../../nouns/decision.ts';
import { thresholdOf } from '../checks/price.ts';
import { type Listed, listSelector } from '../checks/tools.ts';
import type { Selector } from '../matching/selector.ts';
import type { Examined, Found, Section } from './examined.ts';
import { isInside, type Span, spanOfRate, spanOfWindow } from './spans.ts';

/** A limit on what is counted, of any kind. */
interface Limit {
  readonly section: Section;
  readonly steps: readonly PropertyKey[];
  readonly scope: Scope;
  readonly span: Span;
  readonly tools: readonly string[] | undefined;

  /** What is counted: a currency, or calls. */
  readonly unit: string;
  readonly limit: bigint;

  /** The limit and where it stands, for people. */
  readonly words: string;
  readonly place: string;
}

/** What counts for a scope also counts for these. Agents of one name may have several owners. */
const WITHIN: Readonly<Record<Scope, readonly Scope[]>> = {
  call: ['call', 'session', 'agent', 'owner', 'tenant', 'tool', 'merchant'],
  session: ['session', 'agent'],
  agent: ['agent'],
  owner: ['owner'],
  tenant: ['tenant'],
  tool: ['tool', 'tenant'],
  merchant: ['merchant', 'tenant'],
};

/**
 * Limits that are never reached, because a lower one counts the same and more, over at least as long. A limit of 0 stops
 * everything and is meant to: it contradicts nothing.
 */
export function contradictedLimits(policy: Examined): readonly Found[] {
  const limits = limitsOf(policy);
  const contradicting = limits.filter(({ limit }) => limit > 0n);
  const selectors = new Map<Limit, Selector<Listed>>();
  const toolsOf = (limit: Limit): Selector<Listed> => {
    const known = selectors.get(limit) ?? listSelector('tools', limit.tools ?? ['**'], { separator: '/' });
    selectors.set(limit, known);
    return known;
  };
  return limits.flatMap((high): readonly Found[] => {
    if (!policy.concerns(high.tools)) return [];
    const low = contradicting.find((other) => {
      return isBelow(other, high) && policy.isWithin(high.tools, toolsOf(other));
    });
    if (low === undefined) return [];
    const { section, steps, words } = high;
    const message = `${words} can never be reached: \`${low.place}\` allows ${low.words} for at least the same calls; lower this limit or raise that one`;
    return [{ code: 'LIMIT_CONTRADICTED', section, steps, message }];
  });
}

function isBelow(low: Limit, high: Limit): boolean {
  return (
    low.limit < high.limit &&
    low.unit === high.unit &&
    WITHIN[high.scope].includes(low.scope) &&
    isInside(high.span, low.span)
  );
}

function limitsOf(policy: Examined): readonly Limit[] {
  const { budgets = [], rates = [], classes = {}, cooldown, payments, timezone } = policy.document;
  const amount = (text: string) => {
    const { currency: unit, limit } = thresholdOf(text);
    return { unit, limit };
  };
  return [
    ...budgets.map(({ scope, window, limit, tools, timezone: zone = timezone ?? 'UTC' }, index): Limit => {
      const span = spanOfWindow(window, zone);
      const words = `\`${limit}\` ${scope === 'call' ? 'for one call' : `per ${scope} and ${nameOf(window)}`}`;
      return {
        section: 'budgets',
        steps: [index, 'limit'],
        scope,
        span,
        tools,
        words,
        place: `budgets[${index}]`,
        ...amount(limit),
      };
    }),
    ...authorization(payments?.maxAuthorization).map((each) => ({ ...each, ...amount(each.text) })),
    ...rates.map(({ scope, per, limit, tools, class: name }, index): Limit => ({
      section: 'rates',
      steps: [index, 'limit'],
      scope,
      span: spanOfRate(per),
      tools: name === undefined ? tools : (classes[name] ?? []),
      unit: 'calls',
      limit: BigInt(limit),
      words: `\`${limit}\` calls per ${scope} and ${per}`,
      place: `rates[${index}]`,
    })),
    ...(cooldown === undefined ? [] : [pause(cooldown)]),
  ];
}

function authorization(text: string | undefined) {
  if (text === undefined) return [];
  const steps = ['maxAuthorization'];
  const words = `\`${text}\` for one payment`;
  const span: Span = { kind: 'call' };
  const place = 'payments.maxAuthorization';
  return [{ section: 'payments', scope: 'call', tools: undefined, span, steps, words, place, text } as const];
}

function pause(cooldown: string): Limit {
  return {
    section: 'cooldown',
    steps: [],
    scope: 'agent',
    span: spanOfRate(cooldown),
    tools: undefined,
    unit: 'calls',
    limit: 1n,
    words: `one call per agent and ${cooldown}`,
    place: 'cooldown',
  };
}

function nameOf(window: string): string {
  return window.startsWith('rolling ') ? `any ${window.slice('rolling '.length)}` : window;
}
