import type { ToriiError } from '../../nouns/errors.ts';
import { otherCurrency } from '../../stores/transitions/accounts.ts';
import { belowSpent } from '../../stores/transitions/carve-outs.ts';
import { missingAmount } from '../../stores/transitions/end.ts';
import { unavailable } from '../connection/failures.ts';
import { textOf, amountOf } from '../replies.ts';
import type { Answer } from '../script.ts';

/** What the caller did wrong, where a script says so before it changed anything. */
export function mistakeOf({ kind, rest }: Answer, asked = ''): ToriiError {
  const [currency, spent] = rest;
  if (kind === 'no-amount') return missingAmount(textOf(currency));
  if (kind === 'below-spent') return belowSpent(BigInt(amountOf(spent)), textOf(currency));
  if (kind === 'other-currency') return otherCurrency(textOf(currency), asked);
  return unavailable('redis answered something unexpected');
}
