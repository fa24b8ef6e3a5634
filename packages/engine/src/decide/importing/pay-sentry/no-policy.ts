import { byPath, policyInvalid } from '../../document/problems.ts';

/** Other documents of the same system, by keys that only they have. */
const OTHERS = [
  {
    keys: ['type', 'config'],
    message:
      'expected a policy, got an alert rule, which warns and denies nothing: write a limit as a budget, and let webhooks warn',
  },
  {
    keys: ['dailyBudget', 'perTransactionLimit'],
    message:
      'expected a policy, got the options of an MCP server: write `dailyBudget` and `perTransactionLimit` as `budgets` with the windows `daily` and `per_transaction`',
  },
  {
    keys: ['grantorAgent', 'granteeAgent'],
    message:
      'expected a policy, got a mandate, which one agent gives another: write `maxAmount` as one of the `budgets`, and rules for its `agents` and `recipients`',
  },
  {
    keys: ['fromAgent', 'toAgent'],
    message: 'expected a policy, got an intent: one payment is a call here, and policies decide it',
  },
] as const;

/** Throws POLICY_INVALID for a document that is no policy, and says what it is. Its unknown keys alone would not. */
export function refuseOthers(document: unknown): void {
  if (typeof document !== 'object' || document === null) return;
  const other = OTHERS.find(({ keys }) => keys.some((key) => Object.hasOwn(document, key)));
  if (other !== undefined) throw policyInvalid([{ path: [], message: other.message }], byPath(''));
}
