import { escapeHtml } from './markup.ts';

test.each`
  what                       | text                     | shown
  ${'markup'}                | ${`<a href='"'>&`}       | ${'&lt;a href=&#39;&quot;&#39;&gt;&amp;'}
  ${'ends of lines'}         | ${'a\n\tb'}              | ${'a\n\tb'}
  ${'what turns text'}       | ${'gpj\u202eexe.'}       | ${'gpj\\u{202e}exe.'}
  ${'what has no width'}     | ${'a\u200bb\u2060'}      | ${'a\\u{200b}b\\u{2060}'}
  ${'letters that are none'} | ${'a\u3164\uffa0\u2800'} | ${'a\\u{3164}\\u{ffa0}\\u{2800}'}
  ${'what hides in others'}  | ${'a\ufe0f\u{e0100}'}    | ${'a\\u{fe0f}\\u{e0100}'}
  ${'half a character'}      | ${'a\ud800'}             | ${'a\ufffd'}
`('$what in a text cannot mislead whoever reads the page', ({ text, shown }) => {
  expect(escapeHtml(text)).toBe(shown);
});
