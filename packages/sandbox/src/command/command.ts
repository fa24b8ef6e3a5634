import { ToriiError } from '@torii/engine';
import { ModelUnavailable } from '../agent/agent.ts';
import { statePaths } from '../paths.ts';
import { DayBudgetSpent } from '../run.ts';
import { refuseOtherThanFolder, StateUnusable } from '../state-folder.ts';
import { printJournal } from './print-journal.ts';
import { reset } from './reset.ts';
import { printRun } from './print-run.ts';
import { jsonText, print, printVisible, type Terminal } from './terminal.ts';
import { readArguments, type Request, usage } from './usage.ts';

/** Does what the arguments ask for. Answers the exit code: 0 when it was done, 1 when not, 2 for wrong arguments. */
export async function command(args: readonly string[], terminal: Terminal): Promise<number> {
  const request = readArguments(args);
  if (request === undefined) {
    print(terminal.stderr, [usage]);
    return 2;
  }
  try {
    return await perform(request, terminal);
  } catch (error) {
    const { code, message } = explained(error);
    if (request.json) print(terminal.stdout, [jsonText({ ok: false, error: { code, message } })]);
    printVisible(terminal.stderr, `torii: ${message}`);
    return 1;
  }
}

async function perform(request: Request, terminal: Terminal): Promise<number> {
  const paths = statePaths(terminal.environment['TORII_STATE_DIR']);
  if (request.action !== 'help') refuseOtherThanFolder(paths.directory);
  switch (request.action) {
    case 'help':
      print(terminal.stdout, [usage]);
      return 0;
    case 'journal':
      return printJournal(paths, request, terminal);
    case 'reset':
      return reset(paths, terminal);
    case 'run':
      return printRun(paths, request, terminal);
  }
}

const RESET = 'delete the state with: npm start -- --reset';

function told({ code, message }: ToriiError): string {
  if (code === 'STORE_IN_USE')
    return 'another run is using the state; wait for it to end, or set TORII_STATE_DIR to another folder';
  return code === 'STORE_CORRUPT' ? `${message}, or ${RESET}` : message;
}

function explained(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof DayBudgetSpent)
    return { code: 'DAY_BUDGET_SPENT', message: `${error.message}; ${RESET}` };
  if (ToriiError.is(error)) return { code: error.code, message: told(error) };
  if (error instanceof StateUnusable) return { code: 'STATE_UNUSABLE', message: error.message };
  if (error instanceof ModelUnavailable) return { code: 'MODEL_UNAVAILABLE', message: error.message };
  return { code: 'FAILED', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
