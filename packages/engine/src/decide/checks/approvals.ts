import type { ApprovalDemand } from '../../nouns/decision.ts';
import { durationMs } from '../../nouns/duration.ts';
import { formatCurrency } from '../../nouns/money.ts';
import { listed } from '../../nouns/wording.ts';
import type { ApprovalDocument, Asking } from '../document/asking.ts';
import type { Staffed } from '../document/people.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Check, Findings, Place, Question } from '../question.ts';
import { effectText, type EffectView } from './effects.ts';
import { assetUnknown, thresholdOf } from './price.ts';

/** How a clause asks people, and who may stand in for them. */
type Asked = Asking & Partial<Staffed>;

interface AskClause extends Ordered {
  readonly ask: Check;
}

/** When people have to say yes first. A price equal to `above` does not ask. */
export function approvalChecks(
  policy: string,
  document: NormalizedPolicy,
  view: EffectView,
): readonly Check[] {
  const { approvals = [] } = document;
  if (approvals.length === 0) return [];
  const selector = new Selector<AskClause>(
    approvals.map((approval, order) => {
      const place = { policy, clause: `approvals[${order}]` };
      const { when } = approval;
      return {
        item: { order, ask: askCheck(place, approval, view) },
        patterns: when === 'always' ? undefined : when.tools,
      };
    }),
    '/',
  );
  return [
    (question, findings) => {
      for (const { ask } of selector.select(question.tool)) ask(question, findings);
    },
  ];
}

/** What a clause demands of people. Everything that does not depend on the call is worked out once. */
export function demandOf(place: Place, asking: Asked, reason: string): ApprovalDemand {
  return { ...place, reason, ...settled(asking) };
}

type Settled = Omit<ApprovalDemand, 'policy' | 'clause' | 'reason'>;
const settledOnce = new WeakMap<Asked, Settled>();

function settled(asking: Asked): Settled {
  const known = settledOnce.get(asking);
  if (known !== undefined) return known;
  const { require, approvers, expiresIn, escalate, remind = [], separateDuties, deputies = [] } = asking;
  const made: Settled = {
    require,
    approvers: Object.freeze([...new Set(approvers)]),
    escalations: Object.freeze(
      escalate.map(({ after, approvers: more }) =>
        Object.freeze({ afterMs: durationMs(after) ?? 0, approvers: Object.freeze([...new Set(more)]) }),
      ),
    ),
    expiresInMs: durationMs(expiresIn) ?? 0,
    ...(deputies.length === 0 ? {} : { deputies: Object.freeze(deputies) }),
    ...(remind.length === 0
      ? {}
      : { remindersMs: Object.freeze(remind.map((after) => durationMs(after) ?? 0)) }),
    ...(separateDuties === true ? { separateDuties } : {}),
  };
  settledOnce.set(asking, made);
  return made;
}

function askCheck(place: Place, approval: ApprovalDocument, view: EffectView): Check {
  const { above, effects: asked, tools } = approval.when === 'always' ? {} : approval.when;
  const threshold = above === undefined ? undefined : { ...place, ...thresholdOf(above) };
  const always = `policy \`${place.policy}\` asks for every call`;
  return (question, findings) => {
    const grounds = tools === undefined ? [] : [`\`${question.tool}\` is one of ${listed(tools)}`];
    if (asked !== undefined) {
      if (!asked.includes(view.judged(question))) return;
      grounds.push(effectText(question, view));
    }
    if (threshold !== undefined) {
      const dear = dearerThan(question, findings, threshold);
      if (dear === undefined) return;
      grounds.push(dear);
    }
    findings.approvals.push(demandOf(place, approval, grounds.join(' and ') || always));
  };
}

function dearerThan(
  { price }: Question,
  findings: Findings,
  threshold: Place & ReturnType<typeof thresholdOf>,
): string | undefined {
  const { currency, limit, text } = threshold;
  const units = price.in(currency);
  if (units === undefined) {
    assetUnknown(price, findings, threshold);
    return undefined;
  }
  return units <= limit ? undefined : `${formatCurrency(units, currency)} is above ${text}`;
}
