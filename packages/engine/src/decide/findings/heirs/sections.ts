import { type Effect, effects } from '../../../nouns/effect.ts';
import { quoted } from '../../../nouns/wording.ts';
import { listSelector } from '../../checks/tools.ts';
import type { NormalizedPolicy } from '../../document/schema.ts';
import { instantMs } from '../../document/words.ts';
import { coverOf } from '../usable.ts';
import { lostLimits } from './limits.ts';
import { wordsOf } from './lists.ts';
import type { Compare, Lost } from './lost.ts';

/** Effects that are allowed now, and tools that count as doing less than they did. */
export const lostEffects: Compare = (base, policy) => {
  const { allow, overrides = {} } = base.document.effects ?? {};
  const wider = effects
    .filter((effect) => allow?.includes(effect) === false && policy.effects.includes(effect))
    .map((effect) => {
      return {
        place: `effects.allow ${effect}`,
        words: () => `\`${effect}\`, not in \`effects.allow\`, can pass`,
      };
    });
  const { effects: { overrides: kept = {} } = {} } = policy.document;
  const milder = effects.slice(1).flatMap((effect) => {
    const listed = atLeast(effect).flatMap((each) => kept[each] ?? []);
    const as = listSelector('overrides', listed, { separator: '/' });
    const cover = { separator: '/', effort: policy.effort } as const;
    return (overrides[effect] ?? []).flatMap((pattern, index): readonly Lost[] => {
      if (!policy.tools.has(pattern) || coverOf(as, pattern, cover) !== undefined) return [];
      const place = `effects.overrides.${effect}[${index}]`;
      return [
        { place, words: () => `${quoted(pattern, 100)} was \`${effect}\` by \`${place}\`, which is gone` },
      ];
    });
  });
  return [...wider, ...milder];
};

/** The effect and those that are stricter. */
function atLeast(effect: Effect): readonly Effect[] {
  return effects.slice(effects.indexOf(effect));
}

/** Sessions that begin by reading alone and now begin with everything. */
export const lostSessions: Compare = (base, policy) => {
  if (base.document.sessions?.mode !== 'read-only' || policy.document.sessions?.mode === 'read-only')
    return [];
  if (policy.effects.every((effect) => effect === 'read')) return [];
  const words = () => 'sessions began by reading only, and they begin open';
  return [{ place: 'sessions.mode', words }];
};

/** A wallet that calls were paid from, and another one that they are paid from now. */
export const lostWallet: Compare = (base, policy) => {
  const { wallet } = base.document;
  if (wallet === undefined || policy.document.wallet?.currency === wallet.currency) return [];
  const { currency } = wallet;
  return [
    { place: 'wallet', words: () => `calls were paid from the wallet in \`${currency}\`, and it is gone` },
  ];
};

/** Hours outside of which it was closed, and periods in which it was. */
export const lostSchedule: Compare = (base, policy) => {
  const { allow, block = [] } = base.document.schedule ?? {};
  const own = policy.document.schedule;
  const hours =
    allow === undefined || own?.allow !== undefined
      ? []
      : [
          {
            place: 'schedule.allow',
            words: () => '`schedule.allow` opened at some hours only, and it is gone',
          },
        ];
  const blocked = spansOf(own?.block ?? []);
  const periods = spansOf(block).flatMap(({ from, to }, index): readonly Lost[] => {
    const isKept = blocked.some((each) => policy.effort.take(1) && each.from <= from && to <= each.to);
    const place = `schedule.block[${index}]`;
    return isKept ? [] : [{ place, words: () => `the period of \`${place}\` is open` }];
  });
  return [...hours, ...periods];
};

function spansOf(block: readonly { readonly from: string; readonly to: string }[]) {
  return block.map(({ from, to }) => ({ from: instantMs(from) ?? 0, to: instantMs(to) ?? 0 }));
}

const SUSPICIONS = { after: 5, denialRate: 30, writeRate: 80 } as const;

type Suspicion = keyof typeof SUSPICIONS;

/** What makes a session suspicious, where it takes more than it did. */
export const lostAnomaly: Compare = (base, policy) => {
  const suspicions: readonly Suspicion[] = ['after', 'denialRate', 'writeRate'];
  return suspicions.flatMap((field) => {
    const [theirs, own] = [suspicionOf(base.document, field), suspicionOf(policy.document, field)];
    if (own <= theirs) return [];
    const words = Number.isFinite(own) ? `it is \`${own}\`` : 'it is gone';
    const place = `anomaly.${field}`;
    return [{ place, words: () => `\`${place}\` was \`${theirs}\`, and ${words}` }];
  });
};

function suspicionOf({ anomaly }: NormalizedPolicy, field: Suspicion): number {
  return anomaly === undefined ? Infinity : (anomaly[field] ?? SUSPICIONS[field]);
}

/** Schemes and payees that alone were allowed, and the most of one payment. */
export const lostPayments: Compare = (base, policy) => {
  const { payments: theirs = {} } = base.document;
  const { payments: own = {} } = policy.document;
  const lists = (['schemes', 'payees'] as const).flatMap((field): readonly Lost[] => {
    const names = theirs[field];
    if (names === undefined || own[field] !== undefined) return [];
    const place = `payments.${field}`;
    return [{ place, words: () => `\`${place}\` let nothing pass but ${wordsOf(names)}, and it is gone` }];
  });
  return [...lists, ...lostLimits('payments')(base, policy)];
};
