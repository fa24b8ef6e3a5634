import { CARVE_OUT_TOOL, carveOutDemand } from '../delegated.ts';
import { setAside } from '../engine.ts';
import { BUDGET_DECIMALS } from '../nouns/asset.ts';
import type { CarveOut, CarveOutRequest, CarveOuts, Opened } from '../nouns/carve-out.ts';
import { promiseOf } from '../nouns/steps.ts';
import type { CallRequest } from '../nouns/call.ts';
import { deny, type Denial } from '../nouns/denial.ts';
import type { CallRecord, CarveOutStatus } from '../nouns/hold.ts';
import type { Store } from '../nouns/store.ts';
import { callIn } from './operate.ts';
import type { Parts } from '../parts.ts';
import { budgetCharge } from '../reserve/reserve.ts';
import { bounded, settlement } from '../settle/permit.ts';
import { openAnyway } from '../shadow.ts';

/** Longest time that money can be set aside, in milliseconds: 31 days. */
const LONGEST_MS = 2_678_400_000;

/** Unresolved calls that are looked at for carve-outs that nobody holds any of, at a time. */
const HEALED_AT_ONCE = 1_000;

/** Money for delegated agents, out of the budgets of their parent. */
export function carveOutsOf(parts: Parts): CarveOuts {
  return {
    async open(request) {
      const answer = await open(parts, request);
      return parts.mode === 'shadow' ? openAnyway(parts, request.amount, answer) : answer;
    },
    async status(carveOut) {
      const found = await callIn(parts, carveOut);
      const record = await found?.store.call(found.id);
      return found === undefined || record?.carved === undefined
        ? undefined
        : standing(parts, found.store, { ...record, carved: record.carved });
    },
    async close(carveOut, note = '') {
      const found = await callIn(parts, carveOut);
      if (found === undefined) return undefined;
      const { store, id } = found;
      const facts = { reason: 'the carve-out was closed', note: bounded(note) };
      const closed = await store.closeCarveOut(id, facts);
      if (closed === undefined) return undefined;
      // Found again by the job that expires calls, once nobody holds any of it.
      if (closed.held > 0n) await store.suspend(id, facts);
      else await settleCarveOut(parts, store, closed);
      const record = (await store.call(id)) ?? closed.call;
      return standing(parts, store, { ...record, carved: closed.currency });
    },
  };
}

/**
 * Settles carve-outs that are past their time, or were closed, and that nobody holds any of. Their calls are unresolved
 * until then, so that one whose engine stopped in between is found like any other. Answers whether any is left.
 */
export async function settleIdle(parts: Pick<Parts, 'assets'>, store: Store): Promise<boolean> {
  const unresolved = await store.unresolved(HEALED_AT_ONCE);
  let left = false;
  for (const { id, carved } of unresolved) {
    if (carved === undefined) continue;
    const closed = await store.closeCarveOut(id, {});
    if (closed?.held === 0n) await settleCarveOut(parts, store, closed);
    else left = true;
  }
  return left;
}

async function open(parts: Parts, request: CarveOutRequest): Promise<Opened | Denial> {
  const { credential, amount, forMs, idempotencyKey } = request;
  if (!Number.isInteger(forMs) || forMs < 1 || forMs > LONGEST_MS)
    return deny('CALL_INVALID', `expected \`forMs\` as 1 to ${LONGEST_MS} milliseconds`);
  // Without a key of its own, an equal carve-out would be the one that is open.
  if (typeof idempotencyKey !== 'string')
    return deny('CALL_INVALID', 'expected an `idempotencyKey` for what is set aside');
  const asked: CallRequest = {
    credential,
    framework: 'torii',
    tool: CARVE_OUT_TOOL,
    arguments: { forMs },
    price: amount,
    effect: 'mutating',
    idempotencyKey,
  };
  const answer = await promiseOf(setAside(parts, asked, forMs));
  if (answer.kind === 'denied') return answer;
  const { id, price, deadlineMs } = answer.call;
  return { kind: 'opened', id, amount: price, expiresAt: deadlineMs, budgets: answer.budgets };
}

async function settleCarveOut(
  { assets }: Pick<Parts, 'assets'>,
  store: Store,
  { call, currency, spent }: CarveOutStatus,
): Promise<void> {
  const charged = { units: spent, asset: `${currency}/${BUDGET_DECIMALS}` };
  const facts = { reason: 'what was spent of the carve-out' };
  // A budget that counts in another currency cannot take it: the call stays unresolved, for an operator.
  await settlement({ store, assets }, call, { charged, facts })?.();
}

async function standing(
  { clock }: Parts,
  store: Store,
  { id, carved: currency, state, deadlineMs }: CallRecord & { readonly carved: string },
): Promise<CarveOut> {
  const demand = carveOutDemand({ id, currency, amount: 0n });
  const { budgets } = await store.status([budgetCharge(demand, clock.now())], []);
  const { limit: amount = 0n, spent = 0n, held = 0n, left = 0n } = budgets[0] ?? {};
  const open = state === 'carved';
  return { id, state, currency, amount, spent, held, left: open ? left : 0n, expiresAt: deadlineMs };
}
