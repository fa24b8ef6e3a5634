import type { Call } from '../nouns/call.ts';
import type { Decision } from '../nouns/decision.ts';
import { type Effect, effects as ordered } from '../nouns/effect.ts';
import type { Facts } from '../nouns/facts.ts';
import { money } from '../nouns/money.ts';
import { assets } from './decision-table.test-support.ts';
import type { PolicyDocument } from './document/schema.ts';
import { WORDS } from './table-tools.test-support.ts';

type Patterns = readonly string[] | undefined;

/** What one reader knows of one call: nothing of how policies are compiled. */
interface Known {
  readonly call: Call;
  readonly facts: Facts;
  readonly effect: Effect;
}

/** Tries every split; nothing like our matcher. */
export function fits(pattern: string, text: string, segments: boolean): boolean {
  if (pattern === '') return text === '';
  const stars = pattern.length - pattern.replace(/^\*+/, '').length;
  if (stars === 0)
    return text !== '' && pattern[0] === text[0] && fits(pattern.slice(1), text.slice(1), segments);
  const starts = Array.from({ length: text.length + 1 }, (_, start) => start);
  return starts
    .filter((start) => !segments || stars > 1 || !text.slice(0, start).includes('/'))
    .some((start) => fits(pattern.slice(stars), text.slice(start), segments));
}

/** Whether any of the patterns of tools fits; those that are left out fit every tool. */
export function concerns(patterns: Patterns, tool: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fits(pattern, tool, true));
}

function anyFits(patterns: Patterns, text: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fits(pattern, text, false));
}

/** Whether an enabled policy matches a call. */
export function applies(
  { enabled = true, match = {} }: PolicyDocument,
  { principal, framework }: Call,
): boolean {
  return (
    enabled &&
    anyFits(match.agents, principal.agent) &&
    anyFits(match.owners, principal.owner) &&
    anyFits(match.tenants, principal.tenant) &&
    anyFits(match.sessions, principal.session) &&
    anyFits(match.frameworks, framework)
  );
}

/** What the documents say, read as literally as can be, one after the other: schedules excepted. */
export function readerSays(
  call: Call,
  documents: readonly PolicyDocument[],
  facts: Facts,
): readonly string[] {
  const lines = documents.map((document) => lineOf(document, documents));
  const matched = lines.filter((line) => applies(filledIn(line), call));
  const replaced = matched.flatMap(([, ...bases]) => bases);
  const applying = matched.filter(([document]) => !replaced.includes(document)).map(filledIn);
  if (applying.length === 0) return ['NO_POLICY'];
  const said = applying.flatMap((document) => {
    const known = { call, facts, effect: effectBy(document, call, facts) };
    return [
      ...toolsSay(document, known),
      ...sessionSays(document, known),
      ...payeeSays(document, known),
      ...moneySays(document, known),
      ...rulesSay(document, known),
    ];
  });
  const reasons = said.filter((each) => each === each.toUpperCase());
  return sorted(reasons.length > 0 ? reasons : said.filter((each) => each !== 'flag'));
}

type Line = readonly [PolicyDocument, ...PolicyDocument[]];

/** A document and those that it extends, the nearest first. */
function lineOf(document: PolicyDocument, documents: readonly PolicyDocument[]): Line {
  const base = documents.find(({ id }) => id === document.extends);
  return base === undefined ? [document] : [document, ...lineOf(base, documents)];
}

/** A document with the sections of the others behind it. */
function filledIn([document, ...bases]: Line): PolicyDocument {
  if (bases.length === 0) return document;
  const { enabled = true } = document;
  return { ...Object.assign({}, ...bases.toReversed()), ...document, enabled };
}

/** What a decision says in the words of the reader. */
export function wordsOf(decision: Decision): readonly string[] {
  if (decision.kind === 'deny') return sorted(decision.denial.reasons.map(({ code }) => code));
  return sorted(decision.approvals.map(() => 'approve'));
}

function sorted(words: readonly string[]): readonly string[] {
  return [...words].sort();
}

function effectBy({ effects = {}, anomaly }: PolicyDocument, { tool, effect }: Call, facts: Facts): Effect {
  const { overrides = {} } = effects;
  const exact = ordered.filter((each) => overrides[each]?.includes(tool));
  const patterns = ordered.filter((each) => overrides[each]?.some((pattern) => fits(pattern, tool, true)));
  const seen = exact.at(-1) ?? patterns.at(-1) ?? effect ?? byName(tool);
  if (anomaly === undefined || !suspicious(anomaly, facts)) return seen;
  return ordered[Math.min(ordered.indexOf(seen) + 1, 3)] ?? 'admin';
}

function byName(tool: string): Effect {
  const words = tool.split('/').at(-1)?.split('_') ?? [];
  return ordered.toReversed().find((each) => words.some((word) => WORDS[each].includes(word))) ?? 'mutating';
}

function suspicious({ after = 5, denialRate = 30, writeRate = 80 }, { session }: Facts): boolean {
  if (session === undefined) return true;
  const { calls, denials, writes } = session;
  if (calls < after) return false;
  return denials / calls >= denialRate / 100 || writes / calls >= writeRate / 100;
}

function toolsSay({ tools = {}, effects = {} }: PolicyDocument, { call, effect }: Known): string[] {
  return [
    ...(tools.deny?.some((pattern) => fits(pattern, call.tool, true)) === true ? ['TOOL_DENIED'] : []),
    ...(concerns(tools.allow, call.tool) ? [] : ['TOOL_NOT_ALLOWED']),
    ...(effects.allow === undefined || effects.allow.includes(effect) ? [] : ['EFFECT_NOT_ALLOWED']),
  ];
}

function sessionSays({ id, sessions }: PolicyDocument, { call, facts, effect }: Known): string[] {
  if (sessions?.mode !== 'read-only' || effect === 'read') return [];
  const { elevation } = sessions;
  if (elevation === undefined || effect === 'admin' || !concerns(elevation.tools, call.tool))
    return ['ELEVATION_REFUSED'];
  const elevated = facts.session?.elevations.some(
    ({ policy, tool, untilMs }) => policy === id && tool === call.tool && untilMs > facts.nowMs,
  );
  return elevated === true ? [] : ['approve'];
}

function payeeSays(document: PolicyDocument, { call }: Known): string[] {
  const { recipient, network, category, scheme } = call.payee;
  const free = call.price.units === 0n && Object.keys(call.payee).length === 0;
  const unknown = free ? [] : ['PAYEE_UNKNOWN'];
  const lower = (text: string): string => text.toLowerCase();
  const same = (text: string): string => text;
  const host = (text: string): string => (/[^*.]\.$/.test(text) ? lower(text.slice(0, -1)) : lower(text));
  const parts = [
    ['merchants', 'MERCHANT', recipient, host],
    ['networks', 'NETWORK', network, same],
    ['categories', 'CATEGORY', category, lower],
  ] as const;
  const said = parts.flatMap(([section, name, value, fold]) => {
    const { allow, deny = [] } = document[section] ?? {};
    if (allow === undefined && deny.length === 0) return [];
    if (value === undefined) return unknown;
    const hit = (patterns: readonly string[]): boolean =>
      patterns.some((each) => fits(fold(each), fold(value), false));
    return [
      ...(hit(deny) ? [`${name}_DENIED`] : []),
      ...(allow === undefined || hit(allow) ? [] : [`${name}_NOT_ALLOWED`]),
    ];
  });
  if (scheme === undefined && network === undefined) return said;
  const { schemes, payees } = document.payments ?? {};
  if (schemes !== undefined && scheme === undefined) said.push(...unknown);
  if (scheme !== undefined && schemes?.includes(scheme) === false) said.push('PAYMENT_NOT_ALLOWED');
  if (payees === undefined) return said;
  if (network === undefined || recipient === undefined) return [...said, ...unknown];
  const account = `${network}:${lower(recipient)}`;
  const listed = payees.some(
    (each) => each.slice(0, network.length) === network && lower(each) === lower(account),
  );
  return listed ? said : [...said, 'PAYMENT_NOT_ALLOWED'];
}

function moneySays(document: PolicyDocument, known: Known): string[] {
  const { call, effect } = known;
  const { budgets = [], rates = [], approvals = [], payments = {}, classes = {}, wallet } = document;
  const { payee, tool } = call;
  const pays = call.price.units > 0n || Object.keys(payee).length > 0;
  const nobody = payee.recipient === undefined && pays ? ['PAYEE_UNKNOWN'] : [];
  const against = (text: string, above: readonly string[]): readonly string[] => {
    const { units } = money(text);
    const price = assets.count(call.price.units, call.price.asset, text.slice(-3));
    return price === undefined ? ['ASSET_UNKNOWN'] : price > units ? above : [];
  };
  const ofRate = ({ tools, class: name }: (typeof rates)[number]): Patterns =>
    name === undefined ? tools : classes[name];
  return [
    ...budgets
      .filter(({ tools }) => concerns(tools, tool))
      .flatMap(({ scope, limit }) => {
        const judged = against(limit, scope === 'call' ? ['PRICE_ABOVE_CAP'] : []);
        return scope === 'merchant' && judged.length === 0 ? nobody : judged;
      }),
    ...(wallet === undefined ? [] : against(`0 ${wallet.currency}`, [])),
    ...rates
      .filter((each) => each.scope === 'merchant' && concerns(ofRate(each), tool))
      .flatMap(() => nobody),
    ...((payee.scheme === undefined && payee.network === undefined) || payments.maxAuthorization === undefined
      ? []
      : against(payments.maxAuthorization, ['PRICE_ABOVE_CAP'])),
    ...approvals.flatMap(({ when }) => {
      if (when === 'always') return ['approve'];
      if (!concerns(when.tools, tool) || when.effects?.includes(effect) === false) return [];
      return when.above === undefined ? ['approve'] : against(when.above, ['approve']);
    }),
  ];
}

/** The expressions of the generators, as a reader would check them; undefined where something is missing. */
const RULES: Readonly<Record<string, (known: Known) => boolean | undefined>> = {
  true: () => true,
  false: () => false,
  'tool == "db/delete"': ({ call }) => call.tool === 'db/delete',
  'arguments.n > 5': ({ call }) => isAboveFive(call.arguments),
  'has(arguments.n) && arguments.n > 5': ({ call }) => call.arguments !== '{}' && isAboveFive(call.arguments),
  'price > money("0.50 USD")': ({ call }) => {
    const price = assets.count(call.price.units, call.price.asset, 'USD');
    return price === undefined ? undefined : price > 500_000n;
  },
  'payee.recipient == "evil.example"': ({ call: { payee } }) =>
    payee.recipient === undefined ? undefined : payee.recipient === 'evil.example',
  'effect != "read"': ({ effect }) => effect !== 'read',
  'session.calls > 4': ({ facts }) => (facts.session === undefined ? undefined : facts.session.calls > 4),
  'principal.tenant == "a" || framework == "mcp"': ({ call }) =>
    call.principal.tenant === 'a' || call.framework === 'mcp',
};

function isAboveFive(args: string): boolean | undefined {
  return { '{}': undefined, '{"n":5}': false, '{"n":6}': true }[args];
}

function rulesSay({ rules = [] }: PolicyDocument, known: Known): string[] {
  return rules.flatMap(({ when, then, tools }) => {
    if (!concerns(tools, known.call.tool)) return [];
    const holds = RULES[when]?.(known);
    if (holds === undefined) return ['RULE_FAILED'];
    return holds ? [then === 'deny' ? 'RULE_DENIED' : then] : [];
  });
}
