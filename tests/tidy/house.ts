import { isTest, lineAt, mask, matchesOf } from './source.ts';
import type { Finding, Tree } from './source.ts';

const engine = 'packages/engine/src/';

/** Where time, randomness, timers and the network may be taken from the machine. */
const ambientSources = ['nouns/clock.ts', 'nouns/random.ts', 'webhooks/', 'testing/'].map(
  (path) => engine + path,
);

const code = /^(?:packages\/[^/]+\/src|tests|examples|benchmarks|scripts)\/.+\.(?:ts|mjs)$/;
const published = /^packages\/(?!sandbox\/)[^/]+\/src\/.+\.ts$/;
const packageSource = /^packages\/[^/]+\/src\/.+\.ts$/;
const bannedPackages = /^(?:core|common|shared|types|utils?|helpers?)$/;
const bannedFiles =
  /^(?:managers?|helpers?|utils?|common|misc|data|process|handle)\b|-(?:manager|helper|util)s?\./;

interface Pattern {
  readonly rule: string;
  readonly applies: (path: string) => boolean;
  readonly pattern: RegExp;
  readonly message: (text: string) => string;
}

const patterns: readonly Pattern[] = [
  {
    rule: 'export-star',
    applies: (path) => packageSource.test(path),
    pattern: /(?<![\w$.])export\s*(?:type\s*)?\*/g,
    message: () => 'exports by star; an index lists its names',
  },
  {
    rule: 'default-export',
    applies: (path) => packageSource.test(path),
    pattern: /(?<![\w$.])export\s+default\b|(?<=export\s*\{[^}]*)\bas\s+default\b/g,
    message: () => 'exports a default; exports have names',
  },
  {
    rule: 'ambient',
    applies: (path) =>
      published.test(path) && !isTest(path) && !ambientSources.some((source) => path.startsWith(source)),
    pattern: new RegExp(
      [
        /(?<![\w$.])Date\s*\.\s*now(?![\w$])/,
        /(?<![\w$.])new\s+Date\s*(?:\(\s*\)|(?=[;,)\]}]))/,
        /(?<![\w$.]|new )Date\s*\(/,
        /(?<![\w$.])performance\s*\.\s*now(?![\w$])/,
        /(?<![\w$.])process\s*\.\s*(?:hrtime|uptime)(?![\w$])/,
        /(?<![\w$.])Math\s*\.\s*random(?![\w$])/,
        /(?<![\w$])(?:randomUUID|randomBytes|randomInt|getRandomValues)(?![\w$])/,
        /(?<![\w$.])(?:globalThis\s*\.\s*)?(?:setTimeout|setInterval|setImmediate)(?![\w$])/,
        /(?<![\w$.])(?:globalThis\s*\.\s*)?fetch\s*\(/,
      ]
        .map(({ source }) => source)
        .join('|'),
      'g',
    ),
    message: (text) => `takes \`${text}\` from the machine; time and randomness are passed in`,
  },
  {
    rule: 'left-out',
    applies: (path) => path.endsWith('.test.ts'),
    pattern:
      /(?<![\w$.])(?:test|it|describe)(?:\s*\.\s*\w+)*?\s*\.\s*(?:only|skip|todo)(?![\w$])|(?<![\w$.])(?:fit|fdescribe|xit|xtest|xdescribe)\s*[.(]/g,
    message: (text) => `leaves tests out with \`${text}\``,
  },
];

/** Everything about names, sizes and habits that a reader should never have to check. */
export function houseFindings(tree: Tree): readonly Finding[] {
  return Object.entries(tree).flatMap(([path, text]) => [
    ...patterns
      .filter(({ applies }) => applies(path))
      .flatMap(({ rule, pattern, message }) =>
        matchesOf(text, pattern).map((found) => ({
          path,
          line: found.line,
          rule,
          message: message(found.text),
        })),
      ),
    ...sizeFindings(path, text),
    ...nameFindings(path),
    ...placeFindings(path, text),
    ...docstringFindings(path, text),
  ]);
}

function sizeFindings(path: string, text: string): readonly Finding[] {
  if (!code.test(path)) return [];
  const limit = isTest(path) ? 600 : 400;
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines <= limit
    ? []
    : [{ path, line: limit, rule: 'size', message: `has ${lines} lines; at most ${limit}` }];
}

function nameFindings(path: string): readonly Finding[] {
  const folder = /^packages\/([^/]+)\//.exec(path)?.[1] ?? '';
  const finding = (rule: string, message: string): Finding => ({ path, line: 1, rule, message });
  const findings: Finding[] = [];
  if (bannedPackages.test(folder))
    findings.push(finding('package-name', `a package named \`${folder}\` says nothing`));
  if (!code.test(path)) return findings;
  const [file = '', ...folders] = path.split('/').reverse();
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|test-support|types|config))?\.(?:ts|mjs)$/.test(file)) {
    findings.push(finding('file-name', 'expected a name in kebab-case'));
  }
  if (!folders.every((name) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))) {
    findings.push(finding('file-name', 'expected folders in kebab-case'));
  }
  if (bannedFiles.test(file))
    findings.push(finding('file-name', 'a name that says what the file does is missing'));
  return findings;
}

/** A path of one machine in a file of the repository is wrong on every other. */
function placeFindings(path: string, text: string): readonly Finding[] {
  return [...text.matchAll(/(?<![\w.:/-])\/(?:work|home|root|Users)\/[\w.-]+/g)].map((found) => ({
    path,
    line: lineAt(text, found.index),
    rule: 'absolute-path',
    message: `names a place on one machine: \`${found[0]}\``,
  }));
}

/** What stands between a docstring and the class that it is about: decorators of one line, or with indented lines. */
const decorators = /(?:^@[\w.]+\((?:.*\)|.*\n(?:[ ].*\n)*\S*\))\s*)+$/m;

/** Functions and classes that leave their file carry a docstring; the first overload is enough. */
function docstringFindings(path: string, text: string): readonly Finding[] {
  if (!packageSource.test(path) || isTest(path)) return [];
  const documented = new Set<string>();
  const declaration =
    /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class)\s+([\w$]+)/gm;
  return [...mask(text).matchAll(declaration)].flatMap((found) => {
    const name = found[1] ?? '';
    const before = text.slice(0, found.index).replace(decorators, '').trimEnd();
    if (before.endsWith('*/') || documented.has(name)) {
      documented.add(name);
      return [];
    }
    return [
      {
        path,
        line: lineAt(text, found.index),
        rule: 'docstring',
        message: `\`${name}\` is exported without a docstring`,
      },
    ];
  });
}
