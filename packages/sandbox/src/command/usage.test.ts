import { readArguments } from './usage.ts';

test.each`
  args                        | request
  ${[]}                       | ${{ action: 'run', json: false, serve: false }}
  ${['--json']}               | ${{ action: 'run', json: true, serve: false }}
  ${['--serve']}              | ${{ action: 'run', json: false, serve: true }}
  ${['--journal']}            | ${{ action: 'journal', json: false, serve: false }}
  ${['--journal', '--json']}  | ${{ action: 'journal', json: true, serve: false }}
  ${['--reset']}              | ${{ action: 'reset', json: false, serve: false }}
  ${['--help', '--json']}     | ${{ action: 'help', json: false, serve: false }}
  ${['--jsn']}                | ${undefined}
  ${['json']}                 | ${undefined}
  ${['--json=no']}            | ${undefined}
  ${['--reset', '--journal']} | ${undefined}
  ${['--reset', '--json']}    | ${undefined}
  ${['--serve', '--json']}    | ${undefined}
`('$args asks for $request', ({ args, request }) => {
  expect(readArguments(args)).toEqual(request);
});
