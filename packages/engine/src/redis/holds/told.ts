import { type Denial } from '../../nouns/denial.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { CallRecord, CallState } from '../../nouns/hold.ts';
import type { Money } from '../../nouns/money.ts';
import { changedDenial } from '../../stores/transitions/approve.ts';
import { deniedByPerson } from '../../stores/transitions/count-vote.ts';
import { lateDenial } from '../../stores/transitions/expire.ts';
import { denialOf } from './denied.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import type { Reply } from '../script.ts';
import { extendedBy, type ExtensionWords, extensionOf, type Words, wordsOf } from './words.ts';

/** A row, and its texts, as `told` of the scripts answers them. */
interface Row {
  readonly id: string;
  readonly state: CallState | 'withdrawn';
  readonly approvalId: string | undefined;

  /** Which denial it was told, or where that is kept. */
  readonly denied: string;
  readonly denial: string;
}

/** The record of a call, out of what scripts keep of it and what its caller said. */
export function toldCall(reply: Reply | undefined): CallRecord {
  const [id, state, attempt, created, deadline, ended, approval, request, print, ...texts] = listOf(reply);
  const [denied = '', charged = '', extended = '', lines = '', denial = ''] = texts.map(textOf);
  const row: Row = {
    id: textOf(id),
    state: textOf(state) as Row['state'],
    approvalId: textOf(approval) || undefined,
    denied,
    denial,
  };
  const [words, before] = wordsIn(lines);
  const extension = extended === '' ? undefined : extensionOf(extended);
  // A call that was denied before it started shows the charges of what it held by then.
  const judged = row.state === 'denied' && before === undefined;
  const budgets = judged ? [] : budgetsOf(before ?? words, extension);
  const { price, ...caller } = words.call;
  return {
    id: row.id,
    fingerprint: textOf(print) || undefined,
    requestHash: textOf(request),
    ...caller,
    price: row.state === 'denied' ? price : (extension?.price ?? price),
    attempt: textOf(attempt),
    state: row.state === 'withdrawn' ? 'released' : row.state,
    ...(row.state === 'withdrawn' ? { withdrawn: true } : {}),
    budgets,
    ...(words.carved === undefined || row.state === 'denied' ? {} : { carved: words.carved.currency }),
    approvalId: row.approvalId,
    denial: deniedIn(row, words),
    charged: charged === '' ? undefined : moneyIn(charged),
    createdAt: wholeOf(created),
    deadlineMs: instantOf(deadline),
    endedAt: instantOf(ended),
  };
}

/** The first line is the call as it was asked for last; a second one is how it was reserved before it was denied. */
function wordsIn(lines: string): readonly [words: Words, before: Words | undefined] {
  const [line = '', before] = lines.split('\n');
  return [wordsOf(line), before === undefined ? undefined : wordsOf(before)];
}

function budgetsOf({ budgets }: Words, extension: ExtensionWords | undefined): readonly BudgetCharge[] {
  return extension === undefined ? budgets : extendedBy(budgets, extension);
}

function deniedIn({ id, state, approvalId, denied, denial }: Row, words: Words): Denial | undefined {
  switch (denied) {
    case 'kept':
      if (denial.startsWith('[')) return denialOf(denial, { callId: id, words });
      return { ...(JSON.parse(denial) as Denial), callId: id };
    case 'mismatch':
      return changedDenial(id);
    case 'voted':
      return deniedByPerson(id);
    default:
      return state === 'expired' && approvalId !== undefined ? lateDenial(id) : undefined;
  }
}

/** Money as a row keeps it. */
export function moneyText({ units, asset }: Money): string {
  return `${units} ${asset}`;
}

function moneyIn(text: string): Money {
  const space = text.indexOf(' ');
  return { units: BigInt(text.slice(0, space)), asset: text.slice(space + 1) };
}

function instantOf(reply: Reply | undefined): number | undefined {
  const instant = wholeOf(reply);
  return instant === -1 ? undefined : instant;
}
