import type { Script } from '../script.ts';
import { APPROVAL_SCRIPTS } from './approvals.ts';
import { EPOCH_SCRIPTS } from './epoch.ts';
import { HOLD_SCRIPTS } from './index.ts';
import { JOURNAL_SCRIPTS } from './journal.ts';
import { OUTBOX_SCRIPTS } from './outbox.ts';
import { REBUILD_SCRIPTS } from './rebuild.ts';
import { REVISION_SCRIPTS } from './revisions.ts';
import { REVOCATION_SCRIPTS } from './revocations.ts';
import { SESSION_SCRIPTS } from './sessions.ts';

/** Every script that a store runs, to be loaded before it does. */
export const ALL_SCRIPTS: readonly Script[] = [
  ...EPOCH_SCRIPTS,
  ...HOLD_SCRIPTS,
  ...APPROVAL_SCRIPTS,
  ...SESSION_SCRIPTS,
  ...REVOCATION_SCRIPTS,
  ...REVISION_SCRIPTS,
  ...JOURNAL_SCRIPTS,
  ...OUTBOX_SCRIPTS,
  ...REBUILD_SCRIPTS,
];
