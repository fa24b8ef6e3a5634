import { WIDTH, wrap } from './columns.ts';
import type { TimelineEvent } from './event.ts';
import { type Paint, paintFor } from './paint.ts';
import { timelineRenderer } from './render.ts';

const plain: Paint = (_colour, text) => text;
const denied = {
  kind: 'call',
  atMs: 12,
  agent: 'bot',
  tool: 'search',
  verdict: 'denied',
  code: 'RATE_EXCEEDED',
  status: 429,
  note: 'used up',
  retryAfterSeconds: 61,
} as const;

function linesOf(...events: readonly TimelineEvent[]): readonly string[] {
  const render = timelineRenderer(plain);
  return events.flatMap(render).slice(2);
}

test('a call shows when, which tool, what was said, what it cost and what is left', () => {
  const [line] = linesOf({
    kind: 'call',
    atMs: 1_234,
    agent: 'bot',
    tool: 'search',
    verdict: 'allowed',
    costUsd: '0.02',
    leftUsd: '4.98',
    note: 'found it',
  });

  expect(line).toBe('  1.23s  search          allowed     0.02    4.98  found it');
});

test('a denial shows its status, code and wait, and the same denial again is not spelled out', () => {
  const lines = linesOf(denied, denied);

  expect(lines[0]).toContain('429 RATE_EXCEEDED: used up; retry in 61 s');
  expect(lines[1]).toMatch(/denied +RATE_EXCEEDED, as above$/);
});

test('money that is only held stands in brackets', () => {
  const [line] = linesOf({ ...denied, verdict: 'waiting', code: 'APPROVAL_REQUIRED', costUsd: '0.90' });

  expect(line).toContain('waiting   (0.90)');
});

test('no line is wider than the page, whatever the text', () => {
  const long = `${'a'.repeat(300)} and ${'many words '.repeat(40)}`;

  const lines = linesOf(
    { kind: 'scene', atMs: 0, title: 'Title', why: long },
    { ...denied, tool: 'x'.repeat(99), note: long },
    { kind: 'note', atMs: 0, who: long, text: long },
  );

  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(WIDTH);
  expect(wrap(long, 10).join('').replaceAll(' ', '')).toBe(long.replaceAll(' ', ''));
});

test.each`
  isTTY        | environment          | colours
  ${true}      | ${{}}                | ${true}
  ${true}      | ${{ NO_COLOR: '1' }} | ${false}
  ${false}     | ${{}}                | ${false}
  ${undefined} | ${{}}                | ${false}
`('a terminal of $isTTY with $environment has colours: $colours', ({ isTTY, environment, colours }) => {
  expect(paintFor({ isTTY }, environment)('red', 'no')).toBe(colours ? '\u001b[31mno\u001b[0m' : 'no');
});
