import type { Denial } from '../../nouns/denial.ts';
import type { Money } from '../../nouns/money.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { BudgetAlert } from '../../nouns/decision.ts';
import type { CallRecord } from '../../nouns/hold.ts';

/** JSON text of a call; amounts become decimal text, and what is undefined is left out. */
export function callText(record: CallRecord): string {
  const { price, budgets, charged } = record;
  const plain = {
    ...record,
    price: plainMoney(price),
    budgets: budgets.map(({ alerts, ...charge }) => ({
      ...charge,
      limit: charge.limit.toString(),
      amount: charge.amount.toString(),
      ...(alerts === undefined ? {} : { alerts: alerts.map(plainAlert) }),
    })),
    charged: charged === undefined ? undefined : plainMoney(charged),
  };
  return JSON.stringify(plain);
}

type Plain<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] };

type PlainCharge = Plain<Omit<BudgetCharge, 'alerts'>> & { readonly alerts?: readonly Plain<BudgetAlert>[] };

type PlainCall = Omit<CallRecord, 'price' | 'budgets' | 'charged'> & {
  readonly price: Plain<Money>;
  readonly budgets: readonly PlainCharge[];
  readonly charged?: Plain<Money>;
  readonly denial?: Denial;
};

/** The call that `callText` wrote. */
export function callOf(json: unknown): CallRecord {
  const plain = json as PlainCall;
  return {
    ...plain,
    fingerprint: plain.fingerprint,
    price: exactMoney(plain.price),
    budgets: plain.budgets.map(({ alerts, ...charge }) => ({
      ...charge,
      endMs: charge.endMs,
      rollingMs: charge.rollingMs,
      limit: BigInt(charge.limit),
      amount: BigInt(charge.amount),
      ...(alerts === undefined ? {} : { alerts: alerts.map(exactAlert) }),
    })),
    approvalId: plain.approvalId,
    denial: plain.denial,
    charged: plain.charged === undefined ? undefined : exactMoney(plain.charged),
    deadlineMs: plain.deadlineMs,
    endedAt: plain.endedAt,
  };
}

function plainAlert({ percent, units }: BudgetAlert): Plain<BudgetAlert> {
  return { percent, units: units.toString() };
}

function exactAlert({ percent, units }: Plain<BudgetAlert>): BudgetAlert {
  return { percent, units: BigInt(units) };
}

function plainMoney({ units, asset }: Money): Plain<Money> {
  return { units: units.toString(), asset };
}

function exactMoney({ units, asset }: Plain<Money>): Money {
  return { units: BigInt(units), asset };
}
