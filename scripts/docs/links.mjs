// Follows the links of Markdown pages within the repository.

/**
 * Every relative link of a page that leads nowhere, as `file:line message`.
 *
 * @param {string} file
 * @param {string} text
 * @param {(path: string) => string | true | undefined} read the text of a page, true for any other thing that exists
 * @returns {string[]}
 */
export function linkFindings(file, text, read) {
  let fenced = false;
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    if (fenced) return [];
    return [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\((?<target>[^)\s]+)[^)]*\)/g)].flatMap(
      ({ groups }) => {
        const problem = problemOf(file, groups.target, read);
        return problem === undefined ? [] : [`${file}:${index + 1} ${problem}`];
      },
    );
  });
}

function problemOf(file, target, read) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path, anchor] = target.split('#');
  const place = path === '' ? file : join(file, path);
  const found = read(place);
  if (found === undefined) return `links to \`${place}\`, which does not exist`;
  if (anchor === undefined || found === true) return undefined;
  return anchorsOf(found).includes(anchor)
    ? undefined
    : `links to \`${target}\`, where no such heading stands`;
}

function join(file, path) {
  const parts = path.startsWith('/') ? [] : file.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** The anchors that headings get: lower case, without punctuation, spaces as hyphens, repeats numbered. */
function anchorsOf(text) {
  const seen = new Map();
  return [...text.matchAll(/^#{1,6} +(?<title>.+?) *#*$/gm)].map(({ groups }) => {
    const slug = groups.title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}
