import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Request {
  readonly action: 'run' | 'journal' | 'reset' | 'help';

  /** Print one JSON document and nothing else. */
  readonly json: boolean;

  /** Keep the tools up after the run, until the process is told to stop. */
  readonly serve: boolean;
}

/** What `--help` prints. */
export const usage = `Usage: npm start -- [--json | --serve | --journal [--json] | --reset | --help]

Runs an agent against paid HTTP tools behind Torii, and shows what was allowed, denied, held and spent.

  --json      print the run as one JSON document (npm start --silent -- --json | jq .)
  --serve     keep the tools up after the run and print curl commands; Ctrl-C ends it
  --journal   print the journal of all runs so far
  --reset     delete the state of all runs so far
  --help      print this

With OPENAI_API_KEY a real model works through the task (OPENAI_MODEL names it); without, a scripted one.
State lies in .torii/ of the repository, or where TORII_STATE_DIR says.`;

const options = {
  json: { type: 'boolean', default: false },
  serve: { type: 'boolean', default: false },
  journal: { type: 'boolean', default: false },
  reset: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the arguments. Undefined for what is not understood. */
export function readArguments(args: readonly string[]): Request | undefined {
  const flags = parsed(args);
  if (flags === undefined) return undefined;
  const { json, serve, journal, reset, help } = flags;
  if (help) return { action: 'help', json: false, serve: false };
  if ([serve, journal, reset].filter(Boolean).length > 1 || (json && (serve || reset))) return undefined;
  return { action: journal ? 'journal' : reset ? 'reset' : 'run', json, serve };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch {
    return undefined;
  }
}
