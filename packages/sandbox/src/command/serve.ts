import type { Stage } from '../stage/stage.ts';
import { print, type Terminal } from './terminal.ts';

/** Says how to ask the tools with curl, and waits for Ctrl-C or another signal to end. */
export async function serveUntilStopped(stage: Stage, { stdout }: Terminal): Promise<void> {
  const stopped = new Promise<void>((stop) => {
    // A terminal and each program between it and us pass the same Ctrl-C on: one that comes again is no other wish.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop());
  });
  // Said only once it is true.
  print(stdout, serveLines(stage));
  await stopped;
}

/** Commands that ask the tools as the agent and as the approver. The tokens are worth nothing after this process. */
export function serveLines({ url, reporter, approver }: Stage): readonly string[] {
  const agent = '-H "authorization: Bearer $AGENT"';
  const person = '-H "authorization: Bearer $PERSON"';
  const json = "-H 'content-type: application/json'";
  return [
    '',
    'The tools are up. In another terminal:',
    '',
    `  AGENT=${reporter.token}`,
    `  PERSON=${approver.token}`,
    `  URL=${url}`,
    '',
    `  curl -i $URL/tools/dependencies ${agent} ${json} -d '{"about":"summary"}'`,
    `  curl -i $URL/tools/trade ${agent} ${json} -d '{"symbol":"ACME","shares":1}'`,
    `  curl -s $URL/torii/authorization/status ${agent}`,
    `  curl -s $URL/torii/approvals ${person}`,
    '',
    'Ctrl-C ends it.',
  ];
}
