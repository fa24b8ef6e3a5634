import type { ExtendAnswer, Extension } from '../../nouns/hold.ts';
import { amountsText } from './arguments.ts';
import { denialOf, raisesOf } from './denied.ts';
import { mistakeOf } from './mistakes.ts';
import { textOf } from '../replies.ts';
import { requireWritable } from '../journal/linking.ts';
import { run, type Slot } from '../script.ts';
import { EXTEND } from '../scripts/extend.ts';
import { budgetStatusesOf } from './statuses.ts';
import { toldCall } from './told.ts';
import { extensionLine } from './words.ts';

const MORE_THAN_CHARGES = Array.from({ length: 2_000 }, () => '0123456789012345678901234567890123456789');

/** Asks for another amount, or more time. */
export async function extend(slot: Slot, extension: Extension): Promise<ExtendAnswer> {
  const { callId, amounts, ttlMs, policies = '', facts } = extension;
  const line = extensionLine(extension);
  // The charges stand in it too. Only the script knows them, and they are far fewer than these.
  requireWritable({ type: 'call.extended', callId, facts: { ...facts, charges: MORE_THAN_CHARGES } });
  const answer = await run(slot, EXTEND, [callId, amountsText(amounts), ttlMs, policies, line]);
  const { kind, version, rest } = answer;
  const [told, figures] = rest;
  switch (kind) {
    case 'extended': {
      const call = toldCall(told);
      return { kind, call, budgets: budgetStatusesOf(answer, call.budgets, figures), version };
    }
    case 'refused': {
      const call = toldCall(told);
      const words = { budgets: call.budgets, rates: [] };
      const raises = raisesOf(call.budgets, amounts);
      return { kind, call, denial: denialOf(textOf(figures), { callId, words, raises }), version };
    }
    case 'not-extendable':
      return { kind, call: toldCall(told), version };
    case 'stale-policies':
      return { kind, active: textOf(told), version };
    case 'unknown-call':
      return { kind, version };
    default:
      throw mistakeOf(answer);
  }
}
