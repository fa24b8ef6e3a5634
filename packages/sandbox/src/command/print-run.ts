import type { StatePaths } from '../paths.ts';
import { runDemonstration } from '../run.ts';
import { paintFor } from '../timeline/paint.ts';
import { timelineRenderer } from '../timeline/render.ts';
import { brokenChecks, summaryLines } from '../timeline/summary.ts';
import { serveUntilStopped } from './serve.ts';
import { jsonText, print, printVisible, type Terminal } from './terminal.ts';
import type { Request } from './usage.ts';

/** Runs the demonstration and prints it, as a timeline or as one JSON document. Answers 1 when a check does not hold. */
export async function printRun(
  paths: StatePaths,
  { json, serve }: Request,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, environment } = terminal;
  const paint = paintFor(stdout, environment);
  const lines = timelineRenderer(paint);
  const report = await runDemonstration({
    paths,
    tell: (event) => print(stdout, json ? [] : lines(event)),
    apiKey: environment['OPENAI_API_KEY'] || undefined,
    modelName: environment['OPENAI_MODEL'] || undefined,
    linger: async (stage, finished) => {
      print(stdout, json ? [jsonText(finished)] : summaryLines(paint, finished));
      if (serve) await serveUntilStopped(stage, terminal);
    },
  });
  for (const line of brokenChecks(report)) printVisible(stderr, line);
  return report.ok ? 0 : 1;
}
