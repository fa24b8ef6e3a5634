import { commandsOf, fenceFindings, fencesOf } from '../scripts/docs/fences.mjs';
import { linkFindings } from '../scripts/docs/links.mjs';

const scripts = { start: 'node scripts/start.mjs', test: 'jest', bench: 'node scripts/bench.mjs' };

function page(...lines: string[]): string {
  return lines.join('\n');
}

function findings(language: string, ...lines: string[]): readonly string[] {
  const [fence] = fencesOf('docs/a.md', page('```' + language, ...lines, '```'));
  return fence === undefined ? ['no fence'] : fenceFindings(fence, scripts);
}

describe('the fences of a page', () => {
  test('are found with their place, language, words and content', () => {
    const text = page('# A', '', '```ts run', 'const a = 1;', '```', 'and', '````json policy', '{}', '````');

    expect(fencesOf('docs/a.md', text)).toEqual([
      { file: 'docs/a.md', line: 4, language: 'ts', words: ['run'], content: 'const a = 1;' },
      { file: 'docs/a.md', line: 8, language: 'json', words: ['policy'], content: '{}' },
    ]);
  });

  test('lose the indentation of the list that holds them', () => {
    const [fence] = fencesOf(
      'a.md',
      page('1. A', '', '   ```ts', '   if (a) {', '     b();', '   }', '   ```'),
    );

    expect(fence?.content).toBe(page('if (a) {', '  b();', '}'));
  });

  test('hold shorter fences as content', () => {
    expect(fencesOf('a.md', page('````text', '```ts', '```', '````'))).toEqual([
      expect.objectContaining({ language: 'text', content: page('```ts', '```') }),
    ]);
  });

  test('that never close are found', () => {
    const [fence] = fencesOf('a.md', page('```ts', 'const a = 1;'));

    expect(fence?.language).toBe('unclosed');
  });
});

describe('the commands of a shell block', () => {
  test('are joined over continued lines and open quotes', () => {
    const commands = commandsOf(
      page('# first', '$ npm test', "curl -d '{", '  "a": 1', "}' \\", '  localhost', ''),
    );

    expect(commands.map(({ line }) => line)).toEqual([1, 2]);
    expect(commands[0]?.text).toBe('npm test');
  });

  test.each([
    ['npm start'],
    ['npm start -- --json'],
    ['npm test -- --selectProjects house'],
    ['npm run bench -- decide --quick'],
    ['npm install @torii/engine @torii/express'],
    ['PORT=3000 npm start'],
    ['curl -i localhost:3000/price'],
    ['npx changeset'],
  ])('may be %s', (command) => {
    expect(findings('sh', command)).toEqual([]);
  });

  test.each([['npm run prove'], ['npm demo'], ['npm run toString'], ['yarn add torii'], ['sudo npm start']])(
    'may not be %s',
    (command) => {
      expect(findings('sh', '# a comment', command)).toEqual([expect.stringContaining('docs/a.md:3 ')]);
    },
  );
});

test.each([
  ['json', '{ "a": 1, }', 'is not JSON'],
  ['js', 'const a = 1;', 'a block of `js`'],
  ['', 'plain', 'a block of `no language`'],
])('a block of %s that says %s is found', (language, content, problem) => {
  expect(findings(language, content)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ['json', '{ "a": 1 }'],
  ['text', 'anything'],
  ['http', 'GET / HTTP/1.1'],
  ['mermaid', 'graph TD'],
])('a block of %s is accepted', (language, content) => {
  expect(findings(language, content)).toEqual([]);
});

describe('a link', () => {
  const files: Readonly<Record<string, string | true>> = {
    LICENSE: true,
    'docs/b.md': '# First `code`\n\n## Twice\n\n## Twice\n',
  };
  const follow = (line: string): readonly string[] =>
    linkFindings(
      'docs/a.md',
      `# A\n\n${line}\n`,
      (path) => files[path] ?? (path === 'docs/a.md' ? '# A' : undefined),
    );

  test.each([
    ['[b](b.md)'],
    ['[b](./b.md#twice-1)'],
    ['[b](b.md#first-code)'],
    ['[c](../LICENSE)'],
    ['[a](#a)'],
    ['[x](https://example.com/x)'],
    ['`[d](d.md)`'],
  ])('leads somewhere: %s', (line) => {
    expect(follow(line)).toEqual([]);
  });

  test.each([
    ['[d](d.md)', '`docs/d.md`, which does not exist'],
    ['[b](../b.md)', '`b.md`, which does not exist'],
    ['[b](b.md#third)', '`b.md#third`, where no such heading stands'],
    ['[a](#b)', '`#b`, where no such heading stands'],
  ])('leads nowhere: %s', (line, problem) => {
    expect(follow(line)).toEqual([`docs/a.md:3 links to ${problem}`]);
  });
});
