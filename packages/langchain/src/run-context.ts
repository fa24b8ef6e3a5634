/** What the application handed a run: `agent.invoke(input, { context, configurable })`. */
export interface RunContext<Context = unknown> {
  /** Undefined where the application gave none. */
  readonly context: Context;

  /** Without what LangGraph keeps there for itself, as that holds messages of the model too. */
  readonly configurable: Readonly<Record<string, unknown>>;
}

/** The part of a run's configuration that the application wrote. */
export function runContextOf(run: {
  readonly context?: unknown;
  readonly configurable?: object;
}): RunContext {
  const { context, configurable = {} } = run;
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(configurable)) if (!key.startsWith('__')) own[key] = value;
  return { context, configurable: own };
}
