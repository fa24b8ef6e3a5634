import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Counts over source text. */
export interface SourceCounts {
  readonly lines: number;

  /** Lines with more than white space. */
  readonly filled: number;

  /** Function declarations; arrows and methods are not counted. */
  readonly functions: number;

  /** Names that `export` statements list or declare. */
  readonly exports: number;
}

/** One page of the counts of a package. */
export interface PackageMetrics extends SourceCounts {
  readonly package: string;

  /** Files counted on this page: what the call is charged for. */
  readonly files: number;

  /** Files that the package has; tests are left out. */
  readonly of: number;

  /** The page to ask for next; undefined on the last one. */
  readonly nextPage: number | undefined;
}

/** Files that one call counts at most, and so what one call costs at most. */
export const FILES_A_PAGE = 50;

const NONE: SourceCounts = { lines: 0, filled: 0, functions: 0, exports: 0 };

/** Counts one source text. */
export function measure(text: string): SourceCounts {
  const lines = text.replace(/\n$/, '').split('\n');
  const lists = [...text.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)];
  const listed = lists.flatMap(([, names = '']) => names.split(',').filter((name) => name.trim() !== ''));
  return {
    lines: lines.length,
    filled: lines.filter((line) => line.trim() !== '').length,
    functions: occurrences(text, /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\b/gm),
    exports:
      listed.length +
      occurrences(
        text,
        /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:function|class|const|let|interface|type|enum)\s*\*?\s+\w/gm,
      ),
  };
}

/** Counts one page of the sources of a package. Undefined for a package that the folder does not have. */
export async function measurePackage(
  packagesFolder: string,
  name: string,
  page: number,
): Promise<PackageMetrics | undefined> {
  const known = await readdir(packagesFolder);
  if (!known.includes(name)) return undefined;
  const source = join(packagesFolder, name, 'src');
  const files = (await readdir(source, { recursive: true })).filter(isSource).sort();
  const start = (page - 1) * FILES_A_PAGE;
  const counted = files.slice(start, start + FILES_A_PAGE);
  const texts = await Promise.all(counted.map((file) => readFile(join(source, file), 'utf8')));
  const nextPage = start + FILES_A_PAGE < files.length ? page + 1 : undefined;
  return { package: name, files: counted.length, of: files.length, nextPage, ...sum(texts.map(measure)) };
}

function sum(all: readonly SourceCounts[]): SourceCounts {
  return all.reduce(
    (total, { lines, filled, functions, exports }) => ({
      lines: total.lines + lines,
      filled: total.filled + filled,
      functions: total.functions + functions,
      exports: total.exports + exports,
    }),
    NONE,
  );
}

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !/\.(?:test|test-support|types)\.ts$/.test(file);
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
