import { durationMs } from '../../nouns/duration.ts';
import { type Effect, effects, strictest } from '../../nouns/effect.ts';
import type { SessionFacts } from '../../nouns/facts.ts';
import { listed } from '../../nouns/wording.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { raised } from '../effects.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Check, Question } from '../question.ts';
import { demandOf } from './approvals.ts';

/** What a call does, as one policy sees it. */
export interface EffectView {
  /** As policy judges it: one tier further where the session is suspicious. */
  readonly judged: (question: Question) => Effect;

  /** Whatever the session did before: an explicit override counts most, then what the tool declares, then its name. */
  readonly plain: (question: Question) => Effect;
}

/** How a policy sees effects. */
export function effectView({ effects: section = {}, anomaly }: NormalizedPolicy): EffectView {
  const overridden = overridesOf(section.overrides ?? {});
  const plain = (question: Question): Effect => overridden?.(question.tool) ?? question.effect;
  if (anomaly === undefined) return { judged: plain, plain };
  const suspicious = anomalyOf(anomaly);
  const judged = (question: Question): Effect =>
    suspicious(question.facts.session) ? raised(plain(question)) : plain(question);
  return { judged, plain };
}

/** The effect in the words of a message, and why it is not the plain one. */
export function effectText(question: Question, { judged, plain }: EffectView): string {
  const [effect, before] = [judged(question), plain(question)];
  const why =
    effect === before
      ? ''
      : `, one tier above \`${before}\`, since so many calls of this session were denied or wrote`;
  return `\`${question.tool}\` is \`${effect}\`${why}`;
}

/** What calls may do at all, and what a session may do before people let it do more. */
export function effectChecks(policy: string, document: NormalizedPolicy, view: EffectView): readonly Check[] {
  const { effects: { allow } = {}, sessions } = document;
  return [
    ...(allow === undefined ? [] : [allowedEffects(policy, allow, view)]),
    ...(sessions?.mode === 'read-only' ? [readOnlySession(policy, sessions.elevation, view)] : []),
  ];
}

type Overrides = NonNullable<NonNullable<NormalizedPolicy['effects']>['overrides']>;

function overridesOf(overrides: Overrides): ((tool: string) => Effect | undefined) | undefined {
  const entries = effects.flatMap((effect, order) =>
    (overrides[effect] ?? []).map((pattern) => ({ item: { order, effect, pattern }, patterns: [pattern] })),
  );
  if (entries.length === 0) return undefined;
  const selector = new Selector<Ordered & { readonly effect: Effect; readonly pattern: string }>(
    entries,
    '/',
  );
  return (tool) => {
    const found = selector.select(tool);
    const named = found.filter(({ pattern }) => pattern === tool);
    return (named.length > 0 ? named : found)
      .map(({ effect }) => effect)
      .reduce<Effect | undefined>(
        (most, effect) => (most === undefined ? effect : strictest(most, effect)),
        undefined,
      );
  };
}

/** Whether a session behaves so that its calls are trusted less. One of which nothing is known does. */
function anomalyOf(
  anomaly: NonNullable<NormalizedPolicy['anomaly']>,
): (session: SessionFacts | undefined) => boolean {
  const { after = 5, denialRate = 30, writeRate = 80 } = anomaly;
  return (session) => {
    if (session === undefined) return true;
    const { calls, denials, writes } = session;
    if (calls < after) return false;
    return denials * 100 >= denialRate * calls || writes * 100 >= writeRate * calls;
  };
}

function allowedEffects(policy: string, allow: readonly Effect[], view: EffectView): Check {
  const limit = allow.length === 0 ? 'no effect' : listed(allow);
  return (question, { reasons }) => {
    const effect = view.judged(question);
    if (allow.includes(effect)) return;
    const message = `${effectText(question, view)}; policy \`${policy}\` allows ${limit}`;
    const clause = 'effects.allow';
    reasons.push({ code: 'EFFECT_NOT_ALLOWED', message, policy, clause, value: effect, limit });
  };
}

type Elevation = NonNullable<NonNullable<NormalizedPolicy['sessions']>['elevation']>;

function readOnlySession(policy: string, elevation: Elevation | undefined, view: EffectView): Check {
  const tools = elevation && new Selector([{ item: { order: 0 }, patterns: elevation.tools }], '/');
  const elevatesForMs = durationMs(elevation?.lasts ?? '') ?? 0;
  return (question, findings) => {
    const { tool, facts } = question;
    const effect = view.judged(question);
    if (effect === 'read') return;
    if (effect === 'admin' || elevation === undefined || tools?.select(tool).length === 0) {
      const why = effect === 'admin' ? 'no session is elevated to `admin`' : 'no elevation covers this tool';
      const message = `${effectText(question, view)}; policy \`${policy}\` lets this session read only, and ${why}`;
      const clause = 'sessions';
      return void findings.reasons.push({
        code: 'ELEVATION_REFUSED',
        message,
        policy,
        clause,
        value: effect,
        limit: '`read`',
      });
    }
    const elevated = facts.session?.elevations.some(
      (each) => each.policy === policy && each.tool === tool && facts.nowMs < each.untilMs,
    );
    if (elevated === true) return;
    const reason = `${effectText(question, view)}; this session may read only until people elevate it`;
    const place = { policy, clause: 'sessions.elevation' };
    findings.approvals.push({ ...demandOf(place, elevation, reason), elevatesForMs });
  };
}
