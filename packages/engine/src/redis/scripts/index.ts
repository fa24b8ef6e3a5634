import type { Script } from '../script.ts';
import { CLOSE_CARVE_OUT } from './close-carve-out.ts';
import { END } from './end.ts';
import { EXPIRE } from './expire.ts';
import { EXTEND } from './extend.ts';
import { MOVE } from './move.ts';
import { CALL, NEXT_DEADLINE, STATUS, UNRESOLVED } from './reads.ts';
import { REFUSE } from './refuse.ts';
import { RESERVE } from './reserve.ts';
import { START } from './start.ts';
import { UNFREEZE } from './unfreeze.ts';

/** All scripts that hold, spend or return money, or tell of it. */
export const HOLD_SCRIPTS: readonly Script[] = [
  RESERVE,
  REFUSE,
  START,
  END,
  EXTEND,
  CLOSE_CARVE_OUT,
  EXPIRE,
  MOVE,
  UNFREEZE,
  CALL,
  UNRESOLVED,
  NEXT_DEADLINE,
  STATUS,
];
