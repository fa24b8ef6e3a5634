import { ToriiError } from '../../nouns/errors.ts';
import { failureOf, isForgotten, unavailable } from '../connection/failures.ts';
import type { Argument, Script, Slot } from '../script.ts';

/** Which data a slot holds. */
export interface SlotState {
  readonly kind: 'found' | 'begun' | 'other' | 'lost' | 'absent';
  readonly seq: number;

  /** Time of the last entry, milliseconds since 1970. */
  readonly at: number;

  /** Names the data; empty while it is lost. */
  readonly epoch: string;

  /** Whether somebody made up for a loss: whoever was answered before it may go on. */
  readonly rebuilt: boolean;

  /** The epoch that was lost, empty where none is, and the highest version that anybody was answered from it. */
  readonly lost: string;
  readonly lostAt: number;

  /** Until when a budget may have spent what nobody knows of, milliseconds since 1970; 0 where nothing is missing. */
  readonly suspect: number;
}

const KINDS: ReadonlySet<unknown> = new Set(['found', 'begun', 'other', 'lost', 'absent']);

/** Runs a script that stands before the fence, and answers which data there is. */
export async function askEpoch(
  slot: Unfenced,
  script: Script,
  args: readonly Argument[],
): Promise<SlotState> {
  return stateOf(await askUnfenced(slot, script, args));
}

/** What is asked before it is known which data there is. */
type Unfenced = Pick<Slot, 'client' | 'keys'>;

/** Runs a script that stands before the fence. */
export async function askUnfenced(
  { client, keys }: Unfenced,
  { sha, source }: Script,
  args: readonly Argument[],
): Promise<unknown> {
  const all = [...keys, ...args];
  try {
    return await client.evalsha(sha, keys.length, ...all);
  } catch (error) {
    if (!isForgotten(error)) throw failureOf(error);
  }
  try {
    return await client.eval(source, keys.length, ...all);
  } catch (error) {
    throw failureOf(error);
  }
}

function stateOf(reply: unknown): SlotState {
  const told: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [kind, seq, at, epoch, rebuilt, lost, lostAt, suspect] = told;
  if (!isKind(kind) || typeof epoch !== 'string' || typeof lost !== 'string') throw unexpected();
  if (typeof seq !== 'number' || typeof at !== 'number') throw unexpected();
  if (typeof lostAt !== 'number' || typeof suspect !== 'number') throw unexpected();
  return { kind, seq, at, epoch, rebuilt: rebuilt === 1, lost, lostAt, suspect };
}

function isKind(value: unknown): value is SlotState['kind'] {
  return KINDS.has(value);
}

function unexpected(): ToriiError {
  return unavailable('redis answered something unexpected');
}

/** What is said of data that is missing. */
export function lossOf({ lost, lostAt }: SlotState): ToriiError {
  const known = lostAt === 0 ? '' : `, of which ${lostAt} entries were seen`;
  return new ToriiError(
    'STORE_LOST',
    `redis does not have the data of \`${lost}\` any more${known}; rebuild it from a ledger, or say \`acceptLoss: '${lost}'\` to begin with whole budgets`,
  );
}
