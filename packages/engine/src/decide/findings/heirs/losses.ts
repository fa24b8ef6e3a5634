import type { Section } from '../examined.ts';
import { lostApprovals, lostRules } from './asking.ts';
import { lostLimits, lostLimitsOfClasses } from './limits.ts';
import { lostLists } from './lists.ts';
import type { Compare } from './lost.ts';
import {
  lostAnomaly,
  lostEffects,
  lostPayments,
  lostSchedule,
  lostSessions,
  lostWallet,
} from './sections.ts';

/** What each section of a base forbids and an heir does not. */
export const LOSSES: ReadonlyMap<Section, Compare> = new Map<Section, Compare>([
  ['tools', lostLists('tools')],
  ['effects', lostEffects],
  ['merchants', lostLists('merchants')],
  ['networks', lostLists('networks')],
  ['categories', lostLists('categories')],
  ['payments', lostPayments],
  ['budgets', lostLimits('budgets')],
  ['rates', lostLimits('rates')],
  ['classes', lostLimitsOfClasses],
  ['cooldown', lostLimits('cooldown')],
  ['wallet', lostWallet],
  ['schedule', lostSchedule],
  ['approvals', lostApprovals],
  ['rules', lostRules],
  ['sessions', lostSessions],
  ['anomaly', lostAnomaly],
]);
