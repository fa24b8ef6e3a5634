import { ToriiError } from '../../nouns/errors.ts';
import type { StoreSource } from '../../nouns/store.ts';
import { type Run, tableStore } from '../table-store.ts';
import { memoryTables } from './memory-tables.ts';
import { undoLog } from './undo.ts';

/** Keeps everything in memory, for tests and trials: nothing survives the process. */
export function memoryStore(): StoreSource {
  return {
    open({ clock }) {
      const undo = undoLog();
      const tables = memoryTables(undo);
      let closed = false;
      // A transition runs to its end without awaiting, so no other one can see half of it.
      const run: Run = (transition) => {
        if (closed) throw new ToriiError('STORE_UNAVAILABLE', 'the store is closed');
        try {
          return transition({ tables, now: Math.max(clock.now(), tables.head().at) });
        } catch (error) {
          undo.rollBack();
          throw error;
        } finally {
          undo.commit();
        }
      };
      const close = async (): Promise<void> => {
        closed = true;
      };
      return Promise.resolve(tableStore(run, close));
    },
  };
}
