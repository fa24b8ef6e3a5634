import { guard } from './guard.ts';
import type { GuardOptions, GuardToolsOptions } from './options.ts';
import { type ToriiApproval, toriiApproval } from './tool-approval.ts';
import type { AnyTool, PlainTool } from './tool-types.ts';
import { checkGuardToolsOptions, isMoney, isPayee, mistake } from './validate.ts';

/** A set of tools as the SDK takes it. */
export type AnyTools = Readonly<Record<string, AnyTool>>;

/**
 * Guards every tool of a set, under its own name. Keeps keys and types. Throws OPTIONS_INVALID for a tool without a
 * price, for a map that names another tool, and for whatever `guard` refuses.
 */
export function guardTools<T extends AnyTools, Skipped extends keyof T = never>(
  tools: T,
  options: GuardToolsOptions<NoInfer<T>, Skipped>,
): T {
  checkGuardToolsOptions(options);
  const plain = options as unknown as PlainOptions;
  checkNames(tools, plain);
  const guarded = Object.entries(tools).map(([name, tool]) => [name, guard(tool, optionsOf(plain, name))]);
  // Built from entries, so that a tool named `__proto__` is one more tool.
  return Object.fromEntries(guarded) as T;
}

/**
 * Guards a set of tools and answers what to spread into `generateText`, `streamText` or `ToolLoopAgent`: the tools,
 * and for AI SDK 7 its `toolApproval`. AI SDK 6 ignores that and asks the tools themselves.
 */
export function withTorii<T extends AnyTools, Skipped extends keyof T = never>(
  options: GuardToolsOptions<NoInfer<T>, Skipped> & { readonly tools: T },
): { tools: T; toolApproval: ToriiApproval } {
  const { tools, ...rest } = options;
  const guarding = rest as unknown as GuardToolsOptions<T, Skipped>;
  return { tools: guardTools(tools, guarding), toolApproval: toriiApproval() };
}

type PlainOptions = GuardToolsOptions<Record<string, PlainTool>, string>;
type PlainMap = Readonly<Record<string, unknown>>;

const maps = ['price', 'payee', 'effect', 'charged', 'definition', 'onDenied'] as const;
const lists = ['streaming', 'skip'] as const;

function checkNames(tools: AnyTools, options: PlainOptions): void {
  if (typeof tools !== 'object' || tools === null) throw mistake('`tools`: expected an object of tools');
  for (const field of maps) {
    const map = options[field];
    for (const name of isForAll(field, map) ? [] : Object.keys(map ?? {})) {
      if (!Object.hasOwn(tools, name)) throw mistake(`\`options.${field}\`: there is no tool \`${name}\``);
    }
  }
  for (const field of lists) {
    const name = options[field]?.find((listed) => !Object.hasOwn(tools, listed));
    if (name !== undefined) throw mistake(`\`options.${field}\`: there is no tool \`${name}\``);
  }
}

function optionsOf(options: PlainOptions, name: string): GuardOptions<AnyTool> {
  const { price, payee, effect, server, charged, definition, onDenied, streaming, skip, ...common } = options;
  const skipped = skip?.includes(name) === true;
  const own = isMoney(price)
    ? price
    : (ownValue(price as PlainMap, name) ?? (skipped ? '0.00 USD' : undefined));
  if (own === undefined) throw mistake(`\`options.price\`: expected a price for the tool \`${name}\``);
  return {
    ...common,
    tool: server === undefined ? name : `${server}/${name}`,
    price: own,
    payee: isPayee(payee) ? payee : ownValue(payee, name),
    effect: ownValue(effect, name),
    charged: ownValue(charged, name),
    definition: ownValue(definition, name),
    onDenied: ownValue(onDenied, name),
    streaming: streaming?.includes(name) === true ? true : undefined,
    skip: skipped,
  } as GuardOptions<AnyTool>;
}

/** Whether an option is one value for all tools, not a map. */
function isForAll(field: (typeof maps)[number], option: unknown): boolean {
  return field === 'price' ? isMoney(option) : field === 'payee' && isPayee(option);
}

function ownValue(map: PlainMap | undefined, name: string): unknown {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
