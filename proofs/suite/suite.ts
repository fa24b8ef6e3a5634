import { type Progress, progressOf } from './progress.ts';
import { printPlanted, printResult, printSummary } from './report.ts';
import { type Result, together } from './result.ts';

/** What a part of a suite is run with. */
export interface Proving {
  /** The long counts of a night instead of those of a coffee. */
  readonly full: boolean;

  /** Tells whoever waits how far it is. */
  readonly progress: Progress;
}

/** Something a suite does, with how it is called while it runs. */
export interface Part {
  readonly name: string;
  run(proving: Proving): Promise<Result>;
}

/** A bug that somebody could have written: `run` tries what the suite tries, shortened, on a store that has it. */
export interface Planted extends Part {
  /** What is wrong with it, in a few words. */
  readonly says: string;
}

/** A family of promises about money, and what would break each of them. */
export interface Suite {
  readonly name: string;
  readonly parts: readonly Part[];

  /** At least three: a suite that finds none of them proves nothing. */
  readonly planted: readonly Planted[];
}

const MISUSED = 2;

/**
 * Runs a suite as the command line asks: sound, and then each of its planted bugs; or with `--broken=NAME` that one
 * alone. The last line of stdout is one line of JSON, and the process fails for any violation.
 */
export async function prove(suite: Suite, options: readonly string[]): Promise<void> {
  const { full, broken, unknown } = read(options);
  const names = suite.planted.map(({ name }) => name);
  const planted = suite.planted.filter(({ name }) => broken === undefined || name === broken);
  if (unknown !== undefined || planted.length === 0) {
    const complaint =
      unknown === undefined ? `no variant is called \`${broken}\`` : `no option is called \`${unknown}\``;
    console.error(`prove ${suite.name}: ${complaint}`);
    console.error(`expected \`--full\`, or \`--broken=\` with one of: ${names.join(', ')}`);
    process.exitCode = MISUSED;
    return;
  }
  const proving = { full, progress: progressOf(suite.name) };
  const code =
    broken === undefined ? await proveAll(suite, proving) : await breakOne(suite, planted, proving);
  // A part that could not be run leaves behind what nobody closes.
  process.exit(code);
}

interface Asked {
  readonly full: boolean;
  readonly broken: string | undefined;
  readonly unknown: string | undefined;
}

function read(options: readonly string[]): Asked {
  const broken = options.find((option) => option.startsWith('--broken='))?.slice('--broken='.length);
  const unknown = options.find((option) => option !== '--full' && !option.startsWith('--broken='));
  return { full: options.includes('--full'), broken, unknown };
}

async function proveAll(suite: Suite, proving: Proving): Promise<number> {
  const results: Result[] = [];
  for (const part of suite.parts) results.push(await runPart(part, proving));
  const sound = together(results);
  const missed: string[] = [];
  for (const bug of suite.planted) {
    const { violations, broke } = await runPart(bug, { ...proving, full: false }, `planted: ${bug.name}`);
    // A bug that keeps the suite from running was not noticed by it.
    const noticed = broke === undefined && violations.length > 0;
    printPlanted(bug, noticed ? violations : []);
    if (!noticed) missed.push(broke ?? `nobody noticed \`${bug.name}\`: ${bug.says}`);
  }
  const of = suite.planted.length;
  const violations = [...sound.violations, ...missed];
  printResult(suite.name, { ...sound, violations });
  printSummary({ suite: suite.name, ...sound, violations, planted: { caught: of - missed.length, of } });
  return violations.length === 0 ? 0 : 1;
}

/** The process has to fail: that is how somebody sees that the suite can. */
async function breakOne(suite: Suite, [bug]: readonly Planted[], proving: Proving): Promise<number> {
  if (bug === undefined) return MISUSED;
  const { broke, ...found } = await runPart(bug, proving, `planted: ${bug.name}`);
  const result = together([found]);
  const caught = broke === undefined && result.violations.length > 0;
  printPlanted(bug, caught ? result.violations : []);
  printResult(suite.name, result);
  printSummary({ suite: suite.name, ...result, planted: { caught: caught ? 1 : 0, of: 1 } });
  return 1;
}

async function runPart(
  part: Part,
  proving: Proving,
  name: string = part.name,
): Promise<Result & { readonly broke?: string }> {
  proving.progress.begin(name);
  try {
    return await part.run(proving);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const broke = `\`${name}\` could not be run: ${message}`;
    return { tried: {}, violations: [broke], broke };
  } finally {
    proving.progress.end();
  }
}
