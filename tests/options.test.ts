import { readFileSync } from 'node:fs';

/** One option: its name, and what it is where it is left out. */
interface Option {
  readonly name: string;
  readonly fallback: string;
}

function textOf(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** The members of an interface as its source documents them. */
function membersOf(source: string, name: string): readonly Option[] {
  const [, body = ''] = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source) ?? [];
  return [...body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/)?\n {2}readonly (\w+)(\??):/g)].map(
    ([, comment = '', member = '', optional]) => {
      const [, fallback = 'undocumented'] =
        /@default (.+?)\s*$/.exec(comment.replaceAll(/\n\s*\*/g, ' ')) ?? [];
      return { name: member, fallback: optional === '' ? 'required' : fallback.replaceAll('`', '') };
    },
  );
}

/** The rows of the table in a section of the page. */
function rowsOf(page: string, heading: string): readonly Option[] {
  const [section = ''] = page.slice(page.indexOf(`${heading}\n`) + heading.length).split('\n## ');
  return [...section.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)].map(([, name = '', fallback = '']) => ({
    name,
    fallback: fallback.replaceAll('`', ''),
  }));
}

const source = 'packages/engine/src';

test.each`
  heading                          | members              | file
  ${'# Options of `createEngine`'} | ${'EngineOptions'}   | ${`${source}/options.ts`}
  ${'## Identity'}                 | ${'Issuer'}          | ${`${source}/identify/options.ts`}
  ${'## Webhooks'}                 | ${'WebhookEndpoint'} | ${`${source}/webhooks/endpoints/endpoint.ts`}
  ${'## Assets'}                   | ${'AssetRate'}       | ${`${source}/nouns/asset.ts`}
`('the page has a row with the default of each of $members, and no other', ({ heading, members, file }) => {
  const byName = (a: Option, b: Option): number => a.name.localeCompare(b.name);
  const documented = membersOf(textOf(file), members);

  expect(documented.length).toBeGreaterThan(3);
  expect([...rowsOf(textOf('docs/reference/options.md'), heading)].sort(byName)).toEqual(
    [...documented].sort(byName),
  );
});

test('an option without a documented default is seen, and one without a comment', () => {
  const options =
    'export interface Options {\n  /** Says it. */\n  readonly one?: string;\n  readonly two: 2;\n}';

  expect(membersOf(options, 'Options')).toEqual([
    { name: 'one', fallback: 'undocumented' },
    { name: 'two', fallback: 'required' },
  ]);
});
