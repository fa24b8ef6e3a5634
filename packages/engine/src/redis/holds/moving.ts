import { canonicalJson } from '../../nouns/canonical.ts';
import type { MoveAnswer, Movement } from '../../nouns/wallet.ts';
import { movedEvent, requireMovement } from '../../stores/transitions/accounts.ts';
import { factsLine } from './facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { mistakeOf } from './mistakes.ts';
import { amountOf, wholeOf } from '../replies.ts';
import { run, type Slot } from '../script.ts';
import { MOVE } from '../scripts/move.ts';

/** Moves money into a wallet, out of one or between two, whole or not at all. */
export async function move(slot: Slot, names: FieldNames, movement: Movement): Promise<MoveAnswer> {
  requireMovement(movement);
  const { id, from, to, currency, units } = movement;
  const event = movedEvent(movement);
  const answer = await run(slot, MOVE, [
    id,
    canonicalJson([from ?? null, to ?? null, currency, units.toString()]),
    from === undefined ? '' : names.of(from),
    to === undefined ? '' : names.of(to),
    units.toString(),
    currency,
    event.type,
    factsLine(event),
  ]);
  const { kind, version, rest } = answer;
  switch (kind) {
    case 'moved':
      return { kind, first: wholeOf(rest[0]) === 1, version };
    case 'insufficient':
      return { kind, left: BigInt(amountOf(rest[0])), version };
    case 'frozen':
    case 'too-much':
    case 'conflict':
      return { kind, version };
    default:
      throw mistakeOf(answer, currency);
  }
}
