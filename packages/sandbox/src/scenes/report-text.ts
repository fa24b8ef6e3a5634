import type { MetricsPage, Notes } from './notes.ts';

const LISTED = 12;

/** The report, out of nothing but what the tools answered. */
export function reportText(notes: Notes): string {
  const sections = [
    licences(notes),
    installScripts(notes),
    dependents(notes),
    sizes(notes),
    documentation(notes),
    gaps(notes),
  ];
  return `# Dependencies of this repository: licences and size\n\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function licences({ summary }: Notes): string {
  if (summary === undefined) return '';
  const rows = summary.licences.map(({ licence, packages }) => `| ${licence} | ${packages} |`);
  return [
    '## Licences',
    '',
    `${summary.packages} packages are installed, under ${summary.licences.length} licences.`,
    '',
    '| licence | packages |',
    '| --- | ---: |',
    ...rows,
  ].join('\n');
}

function installScripts({ installScripts: found }: Notes): string {
  if (found === undefined) return '';
  return [
    '## Packages that run code when installed',
    '',
    ...(found.length === 0 ? ['None.'] : found.map((name) => `- ${name}`)),
  ].join('\n');
}

function dependents({ dependents: found }: Notes): string {
  return found
    .map(({ name, dependents: names }) => {
      const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
      return `## Who depends on ${name}\n\n${names.length}: ${names.slice(0, LISTED).join(', ')}${more}.`;
    })
    .join('\n\n');
}

function sizes({ metrics }: Notes): string {
  const names = [...new Set(metrics.map((page) => page.package))];
  const rows = names.map((name) => {
    const pages = metrics.filter((page) => page.package === name);
    const files = total(pages, 'files');
    const of = pages[0]?.of ?? files;
    const counted = files === of ? String(files) : `${files} of ${of}`;
    return `| ${name} | ${counted} | ${total(pages, 'lines')} | ${total(pages, 'functions')} | ${total(pages, 'exports')} |`;
  });
  if (rows.length === 0) return '';
  const head = [
    '| package | files | lines | function declarations | exports |',
    '| --- | ---: | ---: | ---: | ---: |',
  ];
  return ['## Size of our own packages', '', 'Without tests.', '', ...head, ...rows].join('\n');
}

function documentation({ searches }: Notes): string {
  const found = searches.flatMap(({ query, hits: [best] }) =>
    best === undefined ? [] : [`- ${query}: \`${best.file}\`, "${best.heading}". ${best.excerpt}`],
  );
  return found.length === 0 ? '' : ['## What the documentation says', '', ...found].join('\n');
}

function gaps({ refusals }: Notes): string {
  return refusals.length === 0
    ? ''
    : ['## What could not be found out', '', ...refusals.map((line) => `- ${line}`)].join('\n');
}

function total(pages: readonly MetricsPage[], field: 'files' | 'lines' | 'functions' | 'exports'): number {
  return pages.reduce((sum, page) => sum + page[field], 0);
}
