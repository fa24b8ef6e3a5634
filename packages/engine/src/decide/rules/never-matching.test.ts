import { answer, problemOf } from './facts.test-support.ts';

test.each`
  text                                                                      | literal
  ${'payee.recipient == "0xAbC"'}                                           | ${'"0xAbC"` at character 20'}
  ${'"Food" != payee.category'}                                             | ${'"Food"'}
  ${'payee.recipient in ["0xabc", "0xD"]'}                                  | ${'"0xD"'}
  ${'payee.recipient.startsWith("0xA")'}                                    | ${'"0xA"'}
  ${'["0xABC"].exists(a, a == payee.recipient)'}                            | ${'"0xABC"'}
  ${'["0xABC"].exists(a, payee.recipient.contains(a))'}                     | ${'"0xABC"'}
  ${'(tool == "pay" ? "0xAB" : "0xabc") == payee.recipient'}                | ${'"0xAB"'}
  ${'payee.recipient + "" == "0xABC"'}                                      | ${'"0xABC"'}
  ${'("" + payee.recipient).startsWith("0xA")'}                             | ${'"0xA"'}
  ${'(true ? payee.recipient : "x") in ["0xABC"]'}                          | ${'"0xABC"'}
  ${'"0xABC" in [payee.recipient]'}                                         | ${'"0xABC"'}
  ${'"0xABC" in arguments.list || payee.recipient == tool + "Suffix"'}      | ${'"Suffix"'}
  ${'arguments.list.exists(a, payee.recipient == (a == "x" ? "B" : "c"))'}  | ${'"B"'}
  ${'payee.category == "a" && ["Drop"].exists(w, arguments.q.contains(w))'} | ${'"Drop"'}
`('$text is refused, because the recipient is read in lower case', ({ text, literal }) => {
  const problem = problemOf(String(text));

  expect(problem).toMatch(/^expected lower case in an expression that reads `payee.recipient`/);
  expect(problem).toContain(literal);
});

test.each`
  text                                                                    | tells
  ${'payee.recipient.upperAscii() == "0xabc"'}                            | ${'no `upperAscii`'}
  ${'(payee.recipient + "").upperAscii() == "0XABC"'}                     | ${'no `upperAscii`'}
  ${'payee.recipient.lowerAscii() == "0xAbC"'}                            | ${'lower case beside `lowerAscii()`; got `"0xAbC"`'}
  ${'arguments.q.lowerAscii().contains("DROP")'}                          | ${'lower case beside `lowerAscii()`; got `"DROP"`'}
  ${'["drop", "DELETE"].exists(w, arguments.q.lowerAscii().contains(w))'} | ${'lower case beside `lowerAscii()`; got `"DELETE"`'}
  ${'tool.upperAscii() in ["PAY", "Send"]'}                               | ${'upper case beside `upperAscii()`; got `"Send"`'}
  ${'"Pay" == tool.lowerAscii()'}                                         | ${'lower case beside `lowerAscii()`; got `"Pay"`'}
  ${'payee.recipient == "shop.example."'}                                 | ${'no full stop'}
  ${'payee.recipient in ["shop.example", "evil.example."]'}               | ${'no full stop'}
  ${'payee.recipient.lowerAscii() == "evil.example."'}                    | ${'no full stop'}
  ${'payee.recipient.endsWith(".example.")'}                              | ${'no full stop'}
  ${'payee.network == "EIP155:8453"'}                                     | ${'CAIP-2 network such as `eip155:8453` beside `payee.network`; got `"EIP155:8453"`'}
  ${'payee.network != "base"'}                                            | ${'CAIP-2'}
  ${'"8453" == payee.network'}                                            | ${'CAIP-2'}
  ${'payee.network in ["eip155:1", "eip155:01"]'}                         | ${'CAIP-2'}
  ${'payee.network.startsWith("EIP155:")'}                                | ${'CAIP-2'}
  ${'payee.network.lowerAscii() == "base"'}                               | ${'CAIP-2'}
  ${'["Base"].exists(n, n == payee.network)'}                             | ${'CAIP-2'}
  ${'(true ? "Base" : "eip155:1") == payee.network'}                      | ${'CAIP-2'}
  ${'effect == "Read"'}                                                   | ${'one of the effects `read`, `mutating`, `destructive`, `admin`; got `"Read"`'}
  ${'"write" != effect'}                                                  | ${'one of the effects'}
  ${'effect in ["read", "delete"]'}                                       | ${'one of the effects'}
  ${'effect in arguments.effects'}                                        | ${'one of the effects'}
  ${'effect == arguments.effect'}                                         | ${'one of the effects'}
  ${'effect == (true ? "Read" : "admin")'}                                | ${'one of the effects'}
  ${'["Read"].exists(e, e == effect)'}                                    | ${'one of the effects'}
  ${'effect.startsWith("Adm")'}                                           | ${'beside effects, as in `effect in ["destructive", "admin"]`'}
  ${'effect + "" == "Read"'}                                              | ${'beside effects'}
  ${'"admin" in [effect]'}                                                | ${'beside effects'}
`('$text could never match and is refused', ({ text, tells }: { text: string; tells: string }) => {
  expect(problemOf(text)).toContain(tells);
});

test.each([
  'tool == "sendMoney" && payee.recipient == "0xabc"',
  'payee.recipient == "0xabc" && arguments.kind in ["A", "B"] && arguments["Kind"].startsWith("K")',
  'arguments.items.exists(i, i.code == "X") || payee.category == "food"',
  'payee.category == "food" && now > timestamp("2026-01-31T09:00:00Z") && price > money("1 USD")',
  'payee.category == "food" && now.getHours("Europe/Berlin") < 6',
  'has(payee.recipient) && ["X"].exists(w, arguments.q.contains(w))',
  'payee.recipient.endsWith(".shop.example") && payee.recipient.startsWith("pay.") && payee.recipient.contains("api.")',
  'payee.network.startsWith("eip155:") || payee.network.startsWith("solana") || payee.network.endsWith(":1")',
  'payee.network == "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp" || payee.network == arguments.network',
  'payee.network.upperAscii() == "EIP155:8453" || payee.network + "" == "x"',
  '["a"].exists(w, arguments.q.lowerAscii().contains(w)) && tool.upperAscii() != "PAY"',
  'arguments.q.contains("DROP") && tool.lowerAscii() == arguments.q',
])('%s may match and is accepted', (text) => {
  expect(problemOf(text)).toBe('none');
});

test('a host is read without the full stop that it may end in', () => {
  const payee = { recipient: 'Evil.example.' };

  expect(answer('payee.recipient == "evil.example"', { payee })).toBe('holds');
});
