import { MAX_UNITS } from '../../../nouns/asset.ts';
import { formatCurrency } from '../../../nouns/money.ts';
import type { PolicyDocument } from '../../document/schema.ts';
import type { Translation } from '../imported.ts';
import type { Amounts } from './amounts.ts';
import type { AgentPolicy } from './document.ts';

type Path = readonly PropertyKey[];

/** From which price on which people are asked, until the next step. */
interface Step {
  readonly from: bigint;
  readonly currency: string;
  readonly require: number;
  readonly approvers: readonly string[];
  readonly path: Path;
}

interface Context {
  readonly amounts: Amounts;
  readonly approvers: readonly string[] | undefined;
  readonly translation: Translation;
}

/**
 * Of several thresholds only the highest that a price reaches asks, so all but the last become rules with an upper end.
 * A price that equals a threshold asks, as the dialect says; `above` of ours is one micro-unit less.
 */
export function approvalsOf(
  source: AgentPolicy,
  context: Context,
): Pick<PolicyDocument, 'approvals' | 'rules'> {
  const steps = stepsOf(source, context);
  const last = steps.at(-1);
  if (last === undefined) return {};
  const expiresIn = durationOf(source.approvalConfig?.timeout ?? 3_600_000, context.translation);
  const asking = ({ require, approvers }: Step) => ({ require, approvers: [...approvers], expiresIn });
  const rules = steps.slice(0, -1).map((step, index) => ({
    id: `approval-${index}`,
    when: between(step, steps[index + 1]?.from ?? MAX_UNITS),
    then: 'approve' as const,
    reason: `a price of ${formatCurrency(step.from, step.currency)} or more needs approval`,
    ...asking(step),
  }));
  const when =
    last.from === 0n ? ('always' as const) : { above: formatCurrency(last.from - 1n, last.currency) };
  return { approvals: [{ when, ...asking(last) }], ...(rules.length > 0 && { rules }) };
}

function between({ from, currency }: Step, end: bigint): string {
  const below = `price < money("${formatCurrency(end, currency)}")`;
  return from === 0n ? below : `price >= money("${formatCurrency(from, currency)}") && ${below}`;
}

function stepsOf({ approvalConfig, requireApproval }: AgentPolicy, context: Context): readonly Step[] {
  const { amounts, translation } = context;
  const thresholds = approvalConfig?.thresholds ?? [];
  const steps = thresholds.flatMap(({ amount, requiredApprovers, approvers }, index): readonly Step[] => {
    const path = ['approvalConfig', 'thresholds', index, 'amount'];
    const counted = amounts.read(amount, path);
    if (counted === undefined) return [];
    const { ceiling, floor, currency } = counted;
    if (ceiling !== floor) {
      const from = formatCurrency(ceiling, currency);
      translation.stricter(
        path,
        `asks for whatever counts as \`${from}\` or more: prices count in millionths, rounded up`,
      );
    }
    return [{ from: ceiling, currency, require: requiredApprovers, approvers, path }];
  });
  if (thresholds.length > 0) {
    translation.assumed(
      ['approvalConfig', 'thresholds'],
      'approvers are the ids of approver tokens, compared exactly',
    );
  }
  const sorted = steps.toSorted((one, other) => (one.from < other.from ? -1 : 1));
  for (const [index, { from, path }] of sorted.entries()) {
    if (sorted[index + 1]?.from !== from) continue;
    translation.refuse(path, 'expected thresholds of different amounts, got two that count the same');
  }
  return requireApproval === true ? withLegacy(sorted, context) : sorted;
}

/** Of payments that reach no threshold, the older switch asks for every one. */
function withLegacy(steps: readonly Step[], { approvers, translation }: Context): readonly Step[] {
  const [first] = steps;
  if (first?.from === 0n) return steps;
  const path = ['requireApproval'];
  if (approvers === undefined) {
    translation.refuse(
      path,
      'expected the option `approvers`: the document asks for approval and does not say whose',
    );
    return steps;
  }
  const legacy = { from: 0n, currency: first?.currency ?? 'USD', require: 1, approvers, path };
  return [legacy, ...steps];
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['d', 86_400_000],
] as const;

/** Longest number that a duration may have. */
const MOST = 999_999;

function durationOf(ms: number, translation: Translation): string {
  for (const [unit, length] of UNITS) {
    if (ms % length === 0 && ms / length <= MOST) return `${ms / length}${unit}`;
  }
  const path = ['approvalConfig', 'timeout'];
  for (const [unit, length] of UNITS.toSorted((one, other) => one[1] - other[1])) {
    const count = Math.floor(ms / length);
    if (count > MOST) continue;
    translation.stricter(
      path,
      `approvals expire after \`${count}${unit}\`, the next shorter time that can be written`,
    );
    return `${count}${unit}`;
  }
  translation.refuse(path, `expected at most ${MOST} days in milliseconds, got \`${ms}\``);
  return '1h';
}
