import * as z from 'zod';
import { durationMs } from '../../nouns/duration.ts';
import { amount, closed, flag, listOf, oneOf, someOf, textThat, wholeNumber } from './fields.ts';
import { approver, duration, effect, ROLE, sentence, someTools, word } from './words.ts';

const FIVE_MINUTES_MS = 300_000;

const step = closed({ after: duration, approvers: someOf(approver, 'approvers', 100) });

/** How people are asked, wherever a policy asks them. */
const asking = {
  require: wholeNumber(1, 100).exactOptional(),
  approvers: someOf(approver, 'approvers', 100),
  expiresIn: duration.exactOptional(),
  escalate: listOf(step, 'steps', 10).exactOptional(),
  remind: listOf(duration, 'durations', 10).exactOptional(),
  separateDuties: flag.exactOptional(),
};

/** How people are asked, with its defaults filled in. */
export interface Asking {
  readonly require: number;

  /** Ids of people, and `role:` with the name of a role. */
  readonly approvers: readonly string[];
  readonly expiresIn: string;
  readonly escalate: readonly { readonly after: string; readonly approvers: readonly string[] }[];
  readonly remind?: readonly string[];
  readonly separateDuties?: boolean;
}

/** Why fewer people are named than have to agree; undefined where there are enough. */
export function tooFew({ require }: Asking, people: ReadonlySet<string>): string | undefined {
  if (require <= people.size) return undefined;
  return `expected at most \`${people.size}\`, the number of distinct approvers, got \`${require}\``;
}

/** Everybody that a clause names, from the beginning or later. */
export function namedIn({ approvers, escalate }: Asking): readonly string[] {
  return [...approvers, ...escalate.flatMap((each) => each.approvers)];
}

interface Written {
  readonly require?: number;
  readonly expiresIn?: string;
  readonly escalate?: Asking['escalate'];
}

/** Defaults are for keys that are left out; an explicit undefined is somebody's mistake and is refused before. */
function withDefaults<T extends Written>({ require = 1, expiresIn = '1h', escalate = [], ...rest }: T) {
  return { ...rest, require, expiresIn, escalate };
}

function checkAsking(asked: Asking, context: z.RefinementCtx): void {
  const { expiresIn, escalate, remind = [] } = asked;
  const issue = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  const named = namedIn(asked);
  // How many people have a role is known once the document has all that it inherits.
  const few = named.some((name) => name.startsWith(ROLE)) ? undefined : tooFew(asked, new Set(named));
  if (few !== undefined) issue(['require'], few);
  const inOrder = (texts: readonly string[], pathOf: (index: number) => PropertyKey[]): void => {
    let before = 0;
    for (const [index, text] of texts.entries()) {
      const afterMs = durationMs(text) ?? 0;
      if (afterMs <= before)
        issue(pathOf(index), `expected steps in the order of their time, got \`${text}\``);
      if (afterMs >= (durationMs(expiresIn) ?? 0))
        issue(pathOf(index), `expected less than \`${expiresIn}\`, when it expires, got \`${text}\``);
      before = afterMs;
    }
  };
  inOrder(
    escalate.map(({ after }) => after),
    (index) => ['escalate', index, 'after'],
  );
  inOrder(remind, (index) => ['remind', index]);
}

const condition = closed({
  above: amount.exactOptional(),
  effects: someOf(effect, 'effects', 4).exactOptional(),
  tools: someTools.exactOptional(),
}).refine(
  (when) => Object.keys(when).length > 0,
  'expected at least one of `above`, `effects`, `tools`, got none',
);

/** When people are asked, whom, and how many have to agree. */
export const approval = closed({
  when: z.union([z.literal('always'), condition], {
    error: 'expected `always`, or an object of `above`, `effects` and `tools`',
  }),
  ...asking,
})
  .transform(withDefaults)
  .superRefine(checkAsking);

const expression = textThat(
  'a CEL expression of 1 to 2000 characters',
  (text) => text.length > 0 && text.length <= 2000 && text.isWellFormed(),
  { minLength: 1, maxLength: 2000, examples: ['arguments.branch == "main"', 'effect == "destructive"'] },
);

const ruled = { id: word, when: expression, tools: someTools.exactOptional() };

/** What happens when an expression holds. It cannot allow: a rule objects, asks, flags or stays silent. */
export const rule = z.discriminatedUnion(
  'then',
  [
    closed({ ...ruled, then: z.literal('deny'), reason: sentence }),
    closed({ ...ruled, then: z.literal('flag'), reason: sentence }),
    closed({ ...ruled, then: z.literal('approve'), reason: sentence, ...asking })
      .transform(withDefaults)
      .superRefine(checkAsking),
  ],
  { error: 'expected `then` as one of `deny`, `approve`, `flag`' },
);

/** What a session may do at first, and who may let it do more for a while. */
export const sessions = closed({
  mode: oneOf(['open', 'read-only']),
  elevation: closed({
    ...asking,
    tools: someTools.exactOptional(),
    lasts: duration
      .refine((text) => (durationMs(text) ?? Infinity) <= FIVE_MINUTES_MS, {
        error: 'expected a duration of at most `5m`',
      })
      .exactOptional(),
  })
    .transform(({ lasts = '5m', ...rest }) => ({ ...withDefaults(rest), lasts }))
    .superRefine(checkAsking)
    .exactOptional(),
}).refine(({ mode, elevation }) => mode === 'read-only' || elevation === undefined, {
  path: ['elevation'],
  error: 'expected no `elevation`: an `open` session needs none',
});

export type ApprovalDocument = z.output<typeof approval>;
export type RuleDocument = z.output<typeof rule>;
