import {
  type AnyToolOptions,
  checkToolOptions,
  explainDemand,
  type GuardedTool,
  guardedTool,
  markOf,
  type Refuse,
  type Runner,
  runTool,
  standingOf,
  streamTool,
  type ToolCall,
  toolFields,
} from '../../doors/index.ts';
import type { Ready } from '../../nouns/engine.ts';
import type { Denial } from '../../nouns/denial.ts';
import type { Waiting } from '../../nouns/outcome.ts';
import type {
  CallUnderTest,
  DoorSetting,
  DoorUnderTest,
  GuardSetting,
  Limit,
  NativeAnswer,
  RunUnderTest,
  Told,
  ToolUnderTest,
} from './door-under-test.ts';

/** The places where the sample door can be broken. What is left out does as a door has to. */
export interface Parts {
  /** The token of a call. */
  readonly tokenOf: (call: CallUnderTest, run: Omit<RunUnderTest, 'calls'>) => string | undefined;
  readonly framework: string;
  readonly check: (options: unknown) => void;
  readonly mark: (guarded: GuardedTool) => PropertyDescriptorMap;

  /** Asked before the run, where the framework asks whether a person is needed. */
  readonly stands: (guarded: GuardedTool, call: ToolCall) => Promise<Ready | Waiting | Denial>;
  readonly run: (guarded: GuardedTool, call: ToolCall, runner: Runner) => Promise<unknown>;
  readonly stream: (guarded: GuardedTool, call: ToolCall, runner: Runner) => AsyncIterable<unknown>;
  readonly refuse: Refuse;

  /** What the model reads of an error. */
  readonly sayError: (error: unknown) => string;

  /** Whether a resumed call asks Torii at all. */
  readonly believes: (answer: NativeAnswer) => boolean;
  readonly save: (call: CallUnderTest) => string;
  readonly load: (state: string) => CallUnderTest;
}

const sound: Parts = {
  tokenOf: (_call, { credential }) => credential,
  framework: 'sample',
  check: (options) => checkToolOptions(options, toolFields),
  mark: markOf,
  stands: standingOf,
  run: runTool,
  stream: streamTool,
  refuse: (message) => message,
  sayError: (error) => `error: ${String(error)}`,
  believes: () => false,
  save: (call) => JSON.stringify(call),
  load: (state) => JSON.parse(state) as CallUnderTest,
};

/** A framework of some lines and its door, so that the contract can be seen to fail. */
export function sampleDoor(
  broken: Partial<Parts> = {},
  limits: Readonly<Record<string, Limit>> = {},
): DoorUnderTest {
  const parts = { ...sound, ...broken };
  return {
    name: 'Sample',
    door: '@torii/engine/testing',
    framework: 'sample',
    version: 'sample 1.0.0',
    limits,
    open: ({ torii, tools }) => {
      const known = new Map(tools.map((tool) => [tool.name, new Tool(parts, torii, tool)]));
      const of = ({ tool }: CallUnderTest): Tool =>
        known.get(tool) ?? new Tool(parts, torii, { name: tool, guards: [], execute: unknownTool });
      return {
        run: ({ calls, ...run }) => Promise.all(calls.map((call) => of(call).ask(call, run))),
        resume: async (state, answer) => {
          const call = parts.load(state);
          return [await of(call).resume(call, answer)];
        },
        stream: async function* ({ calls: [call], ...run }) {
          if (call !== undefined) yield* of(call).listen(call, run);
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

const unknownTool = (): Promise<never> => Promise.reject(new Error('there is no such tool'));

type Words = Omit<RunUnderTest, 'calls'>;

/** One tool of the sample framework. */
class Tool {
  readonly #parts: Parts;
  readonly #tool: ToolUnderTest;
  readonly #guarded: GuardedTool | undefined;

  constructor(parts: Parts, torii: DoorSetting['torii'], tool: ToolUnderTest) {
    this.#parts = parts;
    this.#tool = tool;
    let offered: object = tool;
    for (const setting of tool.guards) {
      const guarded = this.#guard(offered, torii, setting);
      if (guarded === undefined) continue;
      this.#guarded = guarded;
      offered = Object.create(tool, parts.mark(guarded)) as object;
    }
  }

  /** Makes the call unless it has to wait for a person. */
  async ask(call: CallUnderTest, run: Words): Promise<Told> {
    const guarded = this.#guarded;
    if (guarded === undefined || guarded.options.approval === 'result') return this.#run(call, run);
    const standing = await this.#parts.stands(guarded, this.#callOf(call, run));
    return standing.kind === 'waiting'
      ? { kind: 'paused', text: explainDemand(standing), state: this.#parts.save(call) }
      : this.#run(call, run);
  }

  async resume(call: CallUnderTest, answer: NativeAnswer): Promise<Told> {
    if (!answer.approved) return { kind: 'answered', text: 'refused in the framework' };
    if (!this.#parts.believes(answer)) return this.#run(call, answer);
    return { kind: 'answered', text: await this.#tool.execute({ input: call.input, signal: answer.signal }) };
  }

  async *listen(call: CallUnderTest, run: Words): AsyncGenerator<string, void, undefined> {
    const guarded = this.#guarded;
    if (guarded === undefined) return;
    const execute = (): unknown => this.#tool.stream?.({ input: call.input, signal: run.signal });
    const runner = { execute, refuse: this.#parts.refuse };
    for await (const value of this.#parts.stream(guarded, this.#callOf(call, run), runner))
      yield String(value);
  }

  async #run(call: CallUnderTest, run: Words): Promise<Told> {
    const execute = (): Promise<string> => this.#tool.execute({ input: call.input, signal: run.signal });
    try {
      const runner = { execute, refuse: this.#parts.refuse };
      const output =
        this.#guarded === undefined
          ? await execute()
          : await this.#parts.run(this.#guarded, this.#callOf(call, run), runner);
      return { kind: 'answered', text: String(output) };
    } catch (error) {
      if (run.signal?.aborted === true) throw error;
      return { kind: 'answered', text: this.#parts.sayError(error) };
    }
  }

  #callOf(call: CallUnderTest, run: Words): ToolCall {
    return { input: call.input, id: call.id, context: this.#parts.tokenOf(call, run), signal: run.signal };
  }

  #guard(tool: object, torii: DoorSetting['torii'], setting: GuardSetting): GuardedTool | undefined {
    const { check, framework } = this.#parts;
    const identify = (token: unknown): string | undefined => (typeof token === 'string' ? token : undefined);
    const options = { torii, identify, tool: this.#tool.name, ...setting };
    check(options);
    if (setting.skip === true) return undefined;
    const definition = (): string => 'd'.repeat(64);
    return guardedTool({ framework, tool, options: options as AnyToolOptions, definition });
  }
}
