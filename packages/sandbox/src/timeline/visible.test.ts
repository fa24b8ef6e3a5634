import type { Entry } from '@torii/engine';
import { jsonText, printVisible } from '../command/terminal.ts';
import { journalTable } from './journal-table.ts';
import { type Paint } from './paint.ts';
import { timelineRenderer } from './render.ts';
import { visible } from './visible.ts';

const plain: Paint = (_colour, text) => text;
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

/** Clears the screen, renames the window, turns the text around, and goes back to the start of the line. */
const hostile = '\u001b[2J\u001b]0;owned\u0007 \u009b31m \u202eDENIED\u202c\u2066 \r\u007f over';

test.each`
  what                        | text             | shown
  ${'words'}                  | ${'Zoë 漢字 👍'} | ${'Zoë 漢字 👍'}
  ${'escape, a C0'}           | ${'a\u001b[2Jb'} | ${'a\\u001b[2Jb'}
  ${'a bell'}                 | ${'a\u0007b'}    | ${'a\\u0007b'}
  ${'carriage return'}        | ${'a\rb'}        | ${'a\\u000db'}
  ${'a new line'}             | ${'a\nb'}        | ${'a\\u000ab'}
  ${'delete'}                 | ${'a\u007fb'}    | ${'a\\u007fb'}
  ${'CSI, a C1'}              | ${'a\u009b2Jb'}  | ${'a\\u009b2Jb'}
  ${'right-to-left override'} | ${'a\u202eb'}    | ${'a\\u202eb'}
  ${'isolate'}                | ${'a\u2066b'}    | ${'a\\u2066b'}
  ${'Arabic letter mark'}     | ${'a\u061cb'}    | ${'a\\u061cb'}
  ${'line separator'}         | ${'a\u2028b'}    | ${'a\\u2028b'}
`('$what is shown as $shown', ({ text, shown }: { text: string; shown: string }) => {
  expect(visible(text)).toBe(shown);
  expect(visible(shown)).toBe(shown);
});

const call = { kind: 'call', atMs: 1, agent: hostile, tool: hostile, note: hostile } as const;

test.each([
  ['a note', { kind: 'note', atMs: 1, who: hostile, text: hostile } as const],
  ['a scene', { kind: 'scene', atMs: 1, title: 'ours', why: hostile } as const],
  ['an answer', { ...call, verdict: 'allowed', costUsd: hostile, leftUsd: hostile } as const],
  ['a denial', { ...call, verdict: 'denied', code: hostile, status: 403 } as const],
])('%s does nothing to a terminal', (_, event) => {
  const lines = timelineRenderer(plain)(event).slice(2);

  expect(lines.join('')).toContain('\\u202eDENIED');
  expect(lines.filter((line) => UNSEEN.test(line))).toEqual([]);
});

test('an entry of the journal does nothing to a terminal', () => {
  const entry: Entry = {
    seq: 1,
    at: 0,
    type: 'approval.decision_submitted',
    callId: 'c1',
    facts: { tool: hostile, verdict: hostile, comment: hostile },
    previous: hostile,
    hash: hostile,
  };

  expect(journalTable([entry], plain).filter((line) => UNSEEN.test(line))).toEqual([]);
});

test('JSON does nothing to a terminal and still says the same', () => {
  const text = jsonText({ comment: hostile });

  expect(UNSEEN.test(text)).toBe(false);
  expect(JSON.parse(text)).toEqual({ comment: hostile });
});

test('a message keeps its lines and nothing else', () => {
  let printed = '';

  printVisible({ write: (text) => (printed += text) }, `first\n${hostile}`);

  expect(printed.split('\n')).toEqual(['first', visible(hostile), '']);
});
