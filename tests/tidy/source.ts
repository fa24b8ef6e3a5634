/** A repository as text: path from the root, with forward slashes, to content. */
export type Tree = Readonly<Record<string, string>>;

/** One thing that is not as the house wants it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** One import, export-from, dynamic import or require. */
export interface Import {
  /** Undefined where it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
  readonly kind: 'static' | 'dynamic';

  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

const tokens = {
  comment: /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y,
  string: /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y,
  template: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y,
  regex: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  word: /[\w$]+/y,
} as const;

const beforeRegex =
  /^(?:|[^\w$)\]}"`]|return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof)$/;

/**
 * The code alone: comments and the contents of strings, templates and regular expressions become spaces, so
 * that every other character keeps its offset. Expressions inside a template stay.
 */
export function mask(text: string): string {
  const pieces: string[] = [];
  const open: ('{' | '${')[] = [];
  let previous = '';
  let at = 0;

  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const template = (): void => {
    const found = take(tokens.template) ?? '';
    const end = found.endsWith('${') ? 2 : 1;
    if (end === 2) open.push('${');
    pieces.push(blank(found.slice(0, -end)), found.slice(-end));
    previous = end === 2 ? '{' : '`';
  };

  while (at < text.length) {
    const here = text.charAt(at);
    const quiet = take(tokens.comment) ?? (beforeRegex.test(previous) ? take(tokens.regex) : undefined);
    if (quiet !== undefined) {
      pieces.push(blank(quiet));
      if (!/^\/[/*]/.test(quiet)) previous = '"';
      continue;
    }
    const code = take(tokens.string) ?? take(tokens.word) ?? here;
    if (code === here && !/[\w$'"]/.test(here)) at++;
    pieces.push(/^['"]/.test(code) ? here + blank(code.slice(1, -1)) + code.slice(1).slice(-1) : code);
    if (code.trim() !== '') previous = /^['"]/.test(code) ? '"' : code;
    if (code === '{') open.push('{');
    if (code === '`' || (code === '}' && open.pop() === '${')) template();
  }
  return pieces.join('');
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** The line, counted from one, on which `offset` lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const fromClause = /(?<![\w$.])(?:import|export)\b(?!\s*[(.:])(?<clause>[^;:'"()=]*?)\bfrom\s*(?=['"])/g;
const sideEffect = /(?<![\w$.])import\s*(?=['"])/g;
const called = /(?<![\w$.])(?:import|require)\s*\(\s*/g;

/** Every import of a module, in any of the ways there are to write one. */
export function importsOf(text: string): readonly Import[] {
  const code = mask(text);
  const imports: Import[] = [];
  const add = (found: RegExpExecArray, kind: Import['kind']): void => {
    const typeOnly = /^\s*type\b(?!\s*,)/.test(found.groups?.['clause'] ?? '');
    const specifier = literalAt(text, found.index + found[0].length);
    imports.push({ specifier, line: lineAt(text, found.index), kind, typeOnly });
  };

  for (const found of code.matchAll(fromClause)) add(found, 'static');
  for (const found of code.matchAll(sideEffect)) add(found, 'static');
  for (const found of code.matchAll(called)) add(found, 'dynamic');
  return imports.sort((a, b) => a.line - b.line);
}

function literalAt(text: string, offset: number): string | undefined {
  return /^(?:'([^'\n]*)'|"([^"\n]*)"|`([^`$\n]*)`)/
    .exec(text.slice(offset))
    ?.slice(1)
    .find((part) => part !== undefined);
}

/** Every place in the code, and nowhere in comments or strings, where `pattern` matches. */
export function matchesOf(text: string, pattern: RegExp): readonly { line: number; text: string }[] {
  return [...mask(text).matchAll(pattern)].map((found) => ({
    line: lineAt(text, found.index),
    text: found[0].trim(),
  }));
}

/** The path that a relative specifier means, from the root of the tree. */
export function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The package of a bare specifier: `@scope/name` of `@scope/name/sub`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether a file is for tests: never built, never published. */
export function isTest(path: string): boolean {
  return /\.(?:test|test-support|types)\.ts$/.test(path);
}
