import type { Clock } from '../../nouns/clock.ts';
import { type Random, systemRandom } from '../../nouns/random.ts';
import { askEpoch, lossOf, type SlotState } from './epoch.ts';
import { unavailable } from '../connection/failures.ts';
import type { ActivePolicies } from '../people/revisions.ts';
import { ACCEPT, EXAMINE, OPEN } from '../scripts/epoch.ts';
import type { TenantSlot } from './tenant-slot.ts';

/** How far the journal may be ahead of the clock when it is opened, in milliseconds. */
const AHEAD_MS = 300_000;

/** What finding the data of a slot needs to know. */
export interface Opening {
  readonly clock: Clock;

  /** Whether any process used the slot before: then there has to be data. */
  readonly known: boolean;

  /** Up to which entry the ledger has the journal; 0 without one. */
  readonly kept: number;

  /** What a new slot judges by. */
  readonly policies: ActivePolicies;

  /** The loss that an operator accepts. */
  readonly acceptLoss: string | undefined;

  /** Restores lost data; undefined without a ledger. */
  readonly restore: ((slot: TenantSlot, lost: SlotState) => Promise<SlotState>) | undefined;
  readonly random?: Random;
}

/** Finds the data of a slot, or begins it where there was none. Throws STORE_LOST where data is missing. */
export async function openSlot(slot: TenantSlot, opening: Opening): Promise<SlotState> {
  const { known, kept, policies, random = systemRandom } = opening;
  const { hash = '', activations } = policies;
  const begin = known || kept > 0 ? '' : random.id('epoch');
  let state = await askEpoch(slot, OPEN, [begin, hash, activations]);
  // Every loss has a name of its own: an operator's word for one is no word for the next.
  if (state.kind === 'absent') state = await askEpoch(slot, EXAMINE, [random.id('unknown'), kept]);
  // A copy from before what the ledger has is as bad as none.
  else if (state.kind === 'found' && state.seq < kept)
    state = await askEpoch(slot, EXAMINE, [state.epoch, kept]);
  if (state.kind === 'lost') return recovered(slot, state, opening);
  requireTime(state, opening.clock);
  return state;
}

async function recovered(slot: TenantSlot, lost: SlotState, opening: Opening): Promise<SlotState> {
  const { acceptLoss, restore, policies, random = systemRandom } = opening;
  if (restore !== undefined) return restore(slot, lost);
  if (acceptLoss !== lost.lost) throw lossOf(lost);
  const epoch = random.id('epoch');
  const facts = { lost: lost.lost, seen: lost.lostAt, epoch, by: 'operator' };
  const { hash = '', activations } = policies;
  const by = [slot.now?.() ?? '', JSON.stringify(facts), hash, activations];
  const state = await askEpoch(slot, ACCEPT, [lost.lost, epoch, ...by]);
  if (state.kind !== 'begun')
    throw unavailable('somebody else restored the data meanwhile; open the store again');
  return state;
}

/** A journal from the future would stop time: no window would end until the clock has caught up. */
function requireTime({ at }: SlotState, clock: Clock): void {
  const aheadMs = at - clock.now();
  if (aheadMs <= AHEAD_MS) return;
  const minutes = Math.ceil(aheadMs / 60_000);
  throw unavailable(
    `the last entry in redis is ${minutes} minutes ahead of the clock; set the clock right, or restore a copy`,
  );
}
