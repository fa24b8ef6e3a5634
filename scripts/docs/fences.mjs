// Finds the fenced blocks of a Markdown page and judges the ones that need no compiler.

/** Languages that are shown, not run. */
const shown = new Set(['text', 'http', 'mermaid', 'diff', 'yaml', 'dockerfile']);
const checked = new Set(['ts', 'json', 'sh']);

/**
 * @typedef {object} Fence
 * @property {string} file
 * @property {number} line the first line of its content, counted from one
 * @property {string} language
 * @property {readonly string[]} words what stands after the language: `run`, `policy`
 * @property {string} content
 */

/**
 * Every fenced block of a page, also those indented in a list.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Fence[]}
 */
export function fencesOf(file, text) {
  const fences = [];
  let open;
  for (const [index, line] of text.split('\n').entries()) {
    const found = /^(?<indent>\s*)(?<ticks>`{3,}|~{3,})(?<info>.*)$/.exec(line)?.groups;
    if (open === undefined && found !== undefined) {
      const [language = '', ...words] = found.info.trim().split(/\s+/);
      open = { ...found, line: index + 2, language, words, lines: [] };
    } else if (open !== undefined && found?.info.trim() === '' && found.ticks.startsWith(open.ticks)) {
      const { line: at, language, words, lines } = open;
      fences.push({ file, line: at, language, words, content: lines.join('\n') });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open !== undefined)
    fences.push({ file, line: open.line, language: 'unclosed', words: [], content: '' });
  return fences;
}

/**
 * What is wrong with a block that no compiler has to see, each as `file:line message`.
 *
 * @param {Fence} fence
 * @param {Record<string, string>} scripts the scripts of the root package.json
 * @returns {string[]}
 */
export function fenceFindings(fence, scripts) {
  const at = `${fence.file}:${fence.line}`;
  if (fence.language === 'json') return jsonFindings(fence).map((message) => `${at} ${message}`);
  if (fence.language === 'sh') return shellFindings(fence, scripts);
  if (shown.has(fence.language) || checked.has(fence.language)) return [];
  const expected = [...checked, ...shown].join(', ');
  return [`${at} a block of \`${fence.language || 'no language'}\`; expected one of ${expected}`];
}

function jsonFindings({ content }) {
  try {
    JSON.parse(content);
    return [];
  } catch (error) {
    return [`is not JSON: ${error.message}`];
  }
}

function shellFindings({ file, line, content }, scripts) {
  return commandsOf(content).flatMap((command) => {
    const problem = commandProblem(command.text, scripts);
    return problem === undefined ? [] : [`${file}:${line + command.line} ${problem}`];
  });
}

/**
 * The commands of a shell block: continued lines and open quotes joined, comments and prompts left out.
 *
 * @param {string} content
 * @returns {{ line: number, text: string }[]}
 */
export function commandsOf(content) {
  const commands = [];
  let pending;
  for (const [line, text] of content.split('\n').entries()) {
    const current =
      pending === undefined ? { line, text } : { line: pending.line, text: `${pending.text}\n${text}` };
    const quotes = current.text.replace(/\\'/g, '').split("'").length - 1;
    pending = quotes % 2 === 1 || text.endsWith('\\') ? current : undefined;
    if (pending === undefined)
      commands.push({ ...current, text: current.text.replace(/^\s*\$ /, '').trim() });
  }
  if (pending !== undefined) commands.push(pending);
  return commands.filter(({ text }) => text !== '' && !text.startsWith('#'));
}

function commandProblem(command, scripts) {
  const words = command.replace(/^(?:[A-Z_][A-Z0-9_]*=\S* )+/, '').split(/\s+/);
  const [program, verb, name] = words;
  if (['curl', 'cd', 'export'].includes(program)) return undefined;
  if (program === 'git' && verb === 'clone') return undefined;
  if (program === 'npx' && verb === 'changeset') return undefined;
  if (program !== 'npm') return `\`${program}\` is not a command that these pages may ask for`;
  if (['install', 'ci'].includes(verb)) return undefined;
  const script = verb === 'run' ? name : verb;
  return Object.hasOwn(scripts, script ?? '')
    ? undefined
    : `\`npm ${words.slice(1, 3).join(' ')}\` names no script of package.json`;
}
