import {
  checkOptions,
  checkToolOptions,
  type Field,
  mistake,
  optionsOfTool,
  toolFields,
  toolSetFields,
  type ToolSetOptions,
} from '@torii/engine/doors';
import type { MiddlewareOptions } from './options.ts';

const toolErrors: Field = {
  accepts: (value) => value === 'message' || value === 'throw',
  expected: '`message` or `throw`',
};
const fields = { ...toolSetFields, toolErrors };

const maps = ['price', 'payee', 'effect', 'charged', 'definition', 'onDenied'] as const;

/** The options of all tools. Throws OPTIONS_INVALID for the first that is wrong, also for a tool that comes later. */
export function toolSetOf(options: MiddlewareOptions): ToolSetOptions {
  checkOptions(options, fields);
  const { toolErrors: _own, ...shared } = options;
  // Its functions are given the arguments and the output of the tools that they are for: their author said that they fit.
  const set = shared as unknown as ToolSetOptions;
  for (const name of namesIn(set)) {
    const { skip: _skipped, ...own } = optionsOfTool(set, name);
    checkToolOptions(own, toolFields);
  }
  return set;
}

/** Every tool that a map names. One price or one payee for all names none: its fields are no tools. */
function namesIn(set: ToolSetOptions): ReadonlySet<string> {
  const names = new Set<string>();
  const ofNobody = optionsOfTool(set, '');
  for (const field of maps) {
    const map = set[field];
    // What is for all is also for a tool that no map names.
    if (map === undefined || map === ofNobody[field]) continue;
    for (const [name, own] of Object.entries(map)) {
      if (own === undefined && field === 'price')
        throw mistake(`\`options.price\`: expected a price for the tool \`${name}\``);
      names.add(name);
    }
  }
  return names;
}
