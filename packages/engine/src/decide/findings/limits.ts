import type { Scope } from '../../nouns/decision.ts';
import { thresholdOf } from '../checks/price.ts';
import { type Listed, listSelector } from '../checks/tools.ts';
import type { Inherited } from '../document/inherit.ts';
import type { Selector } from '../matching/selector.ts';
import type { Section } from './examined.ts';
import { type Span, spanOfRate, spanOfWindow } from './spans.ts';

/** A limit on what is counted, of any kind. */
export interface Limit {
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

/** What counts for a scope also counts for these: a session belongs to an agent, which belongs to an owner. */
const WITHIN: Readonly<Record<Scope, readonly Scope[]>> = {
  call: ['call', 'session', 'agent', 'owner', 'tenant', 'tool', 'merchant'],
  session: ['session', 'agent', 'owner', 'tenant'],
  agent: ['agent', 'owner', 'tenant'],
  owner: ['owner', 'tenant'],
  tenant: ['tenant'],
  tool: ['tool', 'tenant'],
  merchant: ['merchant', 'tenant'],
};

/** Whether one limit counts, of each tool, at least all that the other one counts at any one time. */
export function countsAsMuch(wide: Limit, narrow: Limit): boolean {
  if (wide.unit !== narrow.unit || !WITHIN[narrow.scope].includes(wide.scope)) return false;
  // `maxAuthorization` looks at payments alone.
  return wide.section !== 'payments' || narrow.section === 'payments';
}

/** Finds the tools of limits, each list prepared once. */
export function toolsOfLimits(): (limit: Limit) => Selector<Listed> {
  const selectors = new Map<Limit, Selector<Listed>>();
  return (limit) => {
    const known = selectors.get(limit) ?? listSelector('tools', limit.tools ?? ['**'], { separator: '/' });
    selectors.set(limit, known);
    return known;
  };
}

/** Every limit of a policy. */
export function limitsOf({
  document,
  budgetZone = 'UTC',
}: Pick<Inherited, 'document' | 'budgetZone'>): readonly Limit[] {
  const { budgets = [], rates = [], classes = {}, cooldown, payments } = document;
  const amount = (text: string) => {
    const { currency: unit, limit } = thresholdOf(text);
    return { unit, limit };
  };
  return [
    ...budgets.map(({ scope, window, limit, tools, timezone: zone = budgetZone }, index): Limit => {
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
