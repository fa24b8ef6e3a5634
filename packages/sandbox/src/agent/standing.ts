import { z } from 'zod';
import type { Caller } from './call-tool.ts';

const budgetSchema = z.object({
  policy: z.string(),
  scope: z.string(),
  window: z.string(),
  spent: z.string(),
  held: z.string(),
  left: z.string(),
  limit: z.string(),
  resets_at: z.string().nullable(),
});

const standingSchema = z.object({ agent: z.string(), session: z.string(), budgets: z.array(budgetSchema) });

/** How a budget stands, amounts as decimal text. */
export type BudgetLine = z.output<typeof budgetSchema>;

/** How an agent stands, as Torii tells it over HTTP. */
export type Standing = z.output<typeof standingSchema>;

/** Asks Torii how the agent of this token stands. */
export async function standingOf({ url, token }: Caller): Promise<Standing> {
  const response = await fetch(`${url}/torii/authorization/status`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`Torii answered ${response.status} to a question about an agent`);
  return standingSchema.parse(await response.json());
}

/** The budget of this scope. Throws when the agent has none. */
export function budgetOf({ agent, budgets }: Standing, scope: 'session' | 'agent'): BudgetLine {
  const found = budgets.find((budget) => budget.scope === scope);
  if (found === undefined) throw new Error(`\`${agent}\` has no budget of the ${scope}`);
  return found;
}
