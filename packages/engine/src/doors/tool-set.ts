import type { Effect } from '../nouns/effect.ts';
import type { MoneyInput } from '../nouns/money.ts';
import type { Payee } from '../nouns/payee.ts';
import { isMoney, isPayee, mistake } from './fields.ts';
import type { AnyToolOptions, CommonOptions, InsteadOf, PayeeOf, Price } from './options.ts';

type ByName<T> = Readonly<Record<string, T | undefined>>;

/** How a set of tools is guarded. Maps are read by own property, and may name only tools of the set. */
export interface ToolSetOptions extends CommonOptions {
  /** One price for all, or one for each tool. A tool without a price is refused. */
  readonly price: MoneyInput | ByName<Price<unknown>>;

  /** Qualifies the names for policies: tool `create_issue` of server `github` is `github/create_issue`. */
  readonly server?: string | undefined;

  /** One payee for all, or one for some tools. */
  readonly payee?: Payee | ByName<PayeeOf<unknown>> | undefined;
  readonly effect?: ByName<Effect> | undefined;
  readonly charged?: ByName<AnyToolOptions['charged']> | undefined;
  readonly definition?: ByName<string> | undefined;
  readonly onDenied?: ByName<InsteadOf<unknown>> | undefined;

  /** Tools that are left as they are. */
  readonly skip?: readonly string[] | undefined;
}

const maps = ['price', 'payee', 'effect', 'charged', 'definition', 'onDenied'] as const;

/** The options of each tool of a set. Throws OPTIONS_INVALID for a tool without a price, and for names of no tool. */
export function optionsOfTools(
  names: readonly string[],
  options: ToolSetOptions,
): ReadonlyMap<string, AnyToolOptions> {
  for (const field of maps) {
    const map = options[field];
    if (!isForAll(field, map)) checkNames(field, Object.keys(map ?? {}), names);
  }
  checkNames('skip', options.skip ?? [], names);
  return new Map(
    names.map((name) => {
      const own = optionsOfTool(options, name);
      if (own.price === unknownPrice)
        throw mistake(`\`options.price\`: expected a price for the tool \`${name}\``);
      return [name, own];
    }),
  );
}

/** Throws OPTIONS_INVALID for the first listed name that is the name of no tool. */
export function checkNames(field: string, listed: readonly string[], names: readonly string[]): void {
  const known = new Set(names);
  const stranger = listed.find((name) => !known.has(name));
  if (stranger !== undefined) throw mistake(`\`options.${field}\`: there is no tool \`${stranger}\``);
}

/**
 * The options of one tool, for doors that meet tools only when they are called. A tool without a price has one that
 * nobody knows, so the engine denies its calls.
 */
export function optionsOfTool(options: ToolSetOptions, name: string): AnyToolOptions {
  const { price, payee, effect, server, charged, definition, onDenied, skip, ...common } = options;
  const skipped = skip?.includes(name) === true;
  return {
    // Its functions are given what the application passed: whoever wrote them said that they fit.
    ...(common as Pick<AnyToolOptions, keyof typeof common>),
    tool: server === undefined ? name : `${server}/${name}`,
    price: isMoney(price) ? price : (ownValue(price, name) ?? (skipped ? '0.00 USD' : unknownPrice)),
    payee: isPayee(payee) ? payee : ownValue(payee, name),
    effect: ownValue(effect, name),
    charged: ownValue(charged, name),
    definition: ownValue(definition, name),
    onDenied: ownValue(onDenied, name),
    skip: skipped,
  };
}

const unknownPrice = (): undefined => undefined;

/** Whether an option is one value for all tools, not a map. */
function isForAll(field: (typeof maps)[number], option: unknown): boolean {
  return field === 'price' ? isMoney(option) : field === 'payee' && isPayee(option);
}

function ownValue<T>(map: ByName<T> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
