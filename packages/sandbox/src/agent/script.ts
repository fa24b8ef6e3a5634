/** What a scripted model does next: calls a tool, or says something and waits for the user. */
export type Move =
  | { readonly kind: 'call'; readonly tool: string; readonly input: object }
  | { readonly kind: 'say'; readonly text: string };

/** A tool's answer as the model reads it. */
export interface Reading {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A script reacts to what the tools really answered. After a `say` it is resumed by the next user message. */
export type Script<Result = void> = Generator<Move, Result, Reading | undefined>;

/** Calls a tool and answers what came back. */
export function* use(tool: string, input: object): Script<Reading> {
  const reading = yield { kind: 'call', tool, input };
  if (reading === undefined) throw new Error(`expected the answer of \`${tool}\``);
  return reading;
}

/** Ends the turn. */
export function* say(text: string): Script {
  yield { kind: 'say', text };
}
