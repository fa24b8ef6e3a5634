import { recipientKey } from '../../../nouns/payee.ts';
import { quoted } from '../../../nouns/wording.ts';
import { SAME_HOST, type Translation } from '../imported.ts';
import type { PaySentryRule } from './document.ts';

interface Step {
  readonly index: number;
  readonly rule: PaySentryRule;
}

/**
 * Says how the recipients of some rules are compared, which is without the full stop that a host may end in. Refuses a
 * pattern that asks for that full stop behind a wildcard: without it, the pattern would match far more.
 */
export function checkRecipients(steps: readonly Step[], translation: Translation): void {
  let explained = false;
  for (const { index, rule } of steps) {
    const path = ['rules', index, 'conditions', 'recipients'];
    const { recipients = [] } = rule.conditions;
    if (recipients.length > 0 && !explained) translation.assumed(path, SAME_HOST);
    explained ||= recipients.length > 0;
    for (const [place, pattern] of recipients.entries()) {
      if (/[*?]\.$/.test(pattern)) {
        const message = `expected no full stop behind a wildcard at the end, as recipients are compared without it, got ${quoted(pattern)}`;
        translation.refuse([...path, place], message);
        continue;
      }
      const also = withoutFullStop(recipientKey(pattern));
      if (also === undefined) continue;
      const message = `the wildcards of ${quoted(pattern)} no longer stand for a full stop at the end; name ${quoted(also)} too, if they should`;
      if (rule.action === 'allow') translation.stricter([...path, place], message);
      else translation.notExpressed([...path, place], message);
    }
  }
}

/**
 * The pattern of what a pattern matches only together with a full stop at the end: `evil` for `evil.*`. Undefined for a
 * pattern that the full stop makes no difference to.
 */
function withoutFullStop(pattern: string): string | undefined {
  const [, start = ''] = /^(.*[^.])(?:\.\*+|\?\**)$/.exec(pattern) ?? [];
  return start || undefined;
}
