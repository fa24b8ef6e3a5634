import { answer, compiled, facts, failureOf, problemOf, TOKEN } from './facts.test-support.ts';

const ARGUMENTS: unknown = JSON.parse(`{
  "count": 5, "amount": 99.5, "zero": 0, "text": "9,999", "word": "pay", "yes": true, "nothing": null,
  "list": [1, 2, 3], "words": ["a", "b"], "mixed": [1, "a", null], "empty": [], "object": {"key": {"deep": 1}},
  "items": [{"price": 3, "name": "pen"}, {"price": 8, "name": "ink"}, {"name": "gift"}],
  "checksummed": "0xABC", "addresses": ["0x1", "0xABC"], "constructor": 7, "__proto__": {"hidden": true}, "face": "😀é"
}`);

test.each`
  text                                                               | expected
  ${'tool == "pay"'}                                                 | ${'holds'}
  ${'tool != "pay"'}                                                 | ${'silent'}
  ${'tool in ["buy", "pay"]'}                                        | ${'holds'}
  ${'effect == "mutating" && framework == "express"'}                | ${'holds'}
  ${'payee.recipient.lowerAscii() == "0xabc"'}                       | ${'holds'}
  ${'payee.recipient == "0xabc" && payee.recipient in ["0xabc"]'}    | ${'holds'}
  ${'effect in ["read", "mutating"] && "admin" != effect'}           | ${'holds'}
  ${'payee.recipient == arguments.checksummed'}                      | ${'holds'}
  ${'payee.recipient != arguments.checksummed'}                      | ${'silent'}
  ${'payee.recipient in arguments.addresses'}                        | ${'holds'}
  ${'arguments.addresses.exists(a, payee.recipient == a)'}           | ${'holds'}
  ${'arguments.checksummed in [payee.recipient]'}                    | ${'holds'}
  ${'arguments.checksummed.contains(payee.recipient)'}               | ${'holds'}
  ${'arguments.checksummed.startsWith(payee.recipient + "")'}        | ${'holds'}
  ${'(true ? payee.recipient : "") == arguments.checksummed'}        | ${'holds'}
  ${'payee.recipient >= arguments.checksummed'}                      | ${'holds'}
  ${'payee.recipient in arguments.list'}                             | ${'failed'}
  ${'tool + arguments.checksummed == "pay0xabc"'}                    | ${'silent'}
  ${'payee.network.startsWith("eip155:")'}                           | ${'holds'}
  ${'payee.category == "food"'}                                      | ${'failed'}
  ${'has(payee.category)'}                                           | ${'silent'}
  ${'has(payee.category) && payee.category == "food"'}               | ${'silent'}
  ${'principal.agent == "bot" && principal.tenant == "acme"'}        | ${'holds'}
  ${'session.calls > 2 && session.denials + session.writes == 3'}    | ${'holds'}
  ${'session.calls / 2 == 1 && session.calls % 2 == 1'}              | ${'holds'}
  ${'session.calls / (session.calls - 3) == 1'}                      | ${'failed'}
  ${'session.calls % (session.calls - 3) == 1'}                      | ${'failed'}
  ${'session.calls + 9223372036854775807 > 0'}                       | ${'failed'}
  ${'-(-9223372036854775807 - session.denials) > 0'}                 | ${'failed'}
  ${'has(session.calls)'}                                            | ${'holds'}
  ${'arguments.count == 5'}                                          | ${'holds'}
  ${'arguments.count > 4.5 && arguments.count < 5.5'}                | ${'holds'}
  ${'arguments.amount > 99 && arguments.amount >= 99.5'}             | ${'holds'}
  ${'arguments.amount == 99'}                                        | ${'silent'}
  ${'arguments.amount * 2.0 == 199'}                                 | ${'holds'}
  ${'arguments.amount * 2 == 199'}                                   | ${'failed'}
  ${'arguments.amount / arguments.zero > 1'}                         | ${'failed'}
  ${'-arguments.count < 0'}                                          | ${'holds'}
  ${'int(arguments.amount) == 99 && double("1e2") == 100.0'}         | ${'holds'}
  ${'int(arguments.text) > 5'}                                       | ${'failed'}
  ${'double(arguments.text) > 5.0'}                                  | ${'failed'}
  ${'double(arguments.yes) > 5.0'}                                   | ${'failed'}
  ${'int(1e300) > 5'}                                                | ${'failed'}
  ${'arguments.word + "!" == "pay!"'}                                | ${'holds'}
  ${'arguments.word < "pb" && arguments.word >= "pa"'}               | ${'holds'}
  ${'"\\uFFFD" < "😀" && "a" < "ab"'}                                | ${'holds'}
  ${'arguments.word.contains("a") && arguments.word.endsWith("ay")'} | ${'holds'}
  ${'arguments.face.size() == 2 && size(arguments.list) == 3'}       | ${'holds'}
  ${'size(arguments.object) == 1'}                                   | ${'holds'}
  ${'size(arguments.count) == 1'}                                    | ${'failed'}
  ${'arguments.yes'}                                                 | ${'holds'}
  ${'arguments.word'}                                                | ${'failed'}
  ${'!arguments.yes'}                                                | ${'silent'}
  ${'!arguments.word'}                                               | ${'failed'}
  ${'arguments.list[0] == 1 && arguments["list"][2] == 3'}           | ${'holds'}
  ${'arguments.list[3] == 1'}                                        | ${'failed'}
  ${'arguments.list[-1] == 1'}                                       | ${'failed'}
  ${'arguments.list[0.5] == 1'}                                      | ${'failed'}
  ${'arguments.list["length"] == 3'}                                 | ${'failed'}
  ${'arguments.list.length == 3'}                                    | ${'failed'}
  ${'arguments.word.length == 3'}                                    | ${'failed'}
  ${'2 in arguments.list && !(4 in arguments.list)'}                 | ${'holds'}
  ${'"a" in arguments.mixed'}                                        | ${'holds'}
  ${'"b" in arguments.mixed'}                                        | ${'failed'}
  ${'"1" in arguments.list'}                                         | ${'failed'}
  ${'arguments.text in [5, 9999]'}                                   | ${'failed'}
  ${'"key" in arguments.object'}                                     | ${'failed'}
  ${'"toString" in arguments.object'}                                | ${'failed'}
  ${'has(arguments.object.key)'}                                     | ${'holds'}
  ${'"a" in arguments.word'}                                         | ${'failed'}
  ${'1 in arguments.empty'}                                          | ${'silent'}
  ${'arguments.object.key.deep == 1'}                                | ${'holds'}
  ${'arguments.nothing == null && arguments.word != null'}           | ${'holds'}
  ${'arguments.missing == null'}                                     | ${'failed'}
  ${'has(arguments.missing) ? arguments.missing == 1 : true'}        | ${'holds'}
  ${'arguments.word ? true : false'}                                 | ${'failed'}
  ${'has(arguments.missing.deep)'}                                   | ${'failed'}
  ${'has(arguments.word.deep)'}                                      | ${'failed'}
  ${'has(arguments.nothing)'}                                        | ${'holds'}
  ${'arguments.list == arguments.list'}                              | ${'failed'}
  ${'arguments.object == arguments.object'}                          | ${'failed'}
  ${'arguments.constructor == 7'}                                    | ${'holds'}
  ${'arguments.__proto__.hidden'}                                    | ${'holds'}
  ${'has(arguments.object.constructor)'}                             | ${'silent'}
  ${'arguments.object.__proto__ == null'}                            | ${'failed'}
  ${'arguments.object["constructor"] == null'}                       | ${'failed'}
`('$text: $expected', ({ text, expected }: { text: string; expected: string }) => {
  expect(answer(text, { arguments: ARGUMENTS })).toBe(expected);
});

test.each`
  text                                                             | expected
  ${'arguments.items.exists(i, i.price > 5)'}                      | ${'holds'}
  ${'arguments.items.exists(i, i.price > 10)'}                     | ${'failed'}
  ${'arguments.items.all(i, i.price < 5)'}                         | ${'silent'}
  ${'arguments.items.all(i, i.price < 10)'}                        | ${'failed'}
  ${'arguments.items.all(i, has(i.price) ? i.price < 10 : true)'}  | ${'holds'}
  ${'arguments.items.exists_one(i, i.name == "pen")'}              | ${'holds'}
  ${'arguments.items.exists_one(i, i.price == 3)'}                 | ${'failed'}
  ${'size(arguments.items.filter(i, has(i.price))) == 2'}          | ${'holds'}
  ${'size(arguments.items.filter(i, i.price > 1)) == 2'}           | ${'failed'}
  ${'arguments.items.filter(i, has(i.price)).all(j, j.price > 2)'} | ${'holds'}
  ${'arguments.empty.all(i, i.price > 2)'}                         | ${'holds'}
  ${'arguments.empty.exists(i, i.price > 2)'}                      | ${'silent'}
  ${'arguments.object.all(key, key == "key")'}                     | ${'failed'}
  ${'arguments.object.exists(key, key == "x")'}                    | ${'failed'}
  ${'arguments.object.exists_one(key, key == "x")'}                | ${'failed'}
  ${'size(arguments.object.filter(key, true)) == 1'}               | ${'failed'}
  ${'arguments.words.all(w, w)'}                                   | ${'failed'}
  ${'arguments.words.exists_one(w, w)'}                            | ${'failed'}
  ${'arguments.word.all(c, c == "p")'}                             | ${'failed'}
  ${'["p", "x"].exists(w, arguments.word.contains(w))'}            | ${'holds'}
  ${'[-1, 1].all(n, n < 2)'}                                       | ${'holds'}
`('macro $text: $expected', ({ text, expected }: { text: string; expected: string }) => {
  expect(answer(text, { arguments: ARGUMENTS })).toBe(expected);
});

const CONFUSING = ['"9,999"', '"150"', 'null', '[150]', '{"value":150}', 'true', '""', '{"__proto__":150}'];

test.each(CONFUSING)('an amount of %s is neither above, below nor equal to a number: it fails', (amount) => {
  const given = { arguments: JSON.parse(`{"amount":${amount}}`) as unknown };

  for (const operator of ['>', '>=', '<', '<=', '==', '!='])
    expect(answer(`arguments.amount ${operator} 100`, given)).toBe('failed');
  expect(answer('arguments.amount in [100, 150]', given)).toBe('failed');
});

test.each([[undefined], [null], ['text'], [5], [[]]])('arguments that are %j have no fields', (value) => {
  expect(answer('arguments.amount > 100', { arguments: value ?? JSON.parse('null') })).toBe('failed');
  expect(answer('has(arguments.amount)', { arguments: value ?? 0 })).toBe('failed');
});

test.each`
  left        | and         | or
  ${'true'}   | ${'failed'} | ${'holds'}
  ${'false'}  | ${'silent'} | ${'failed'}
  ${'fails'}  | ${'failed'} | ${'failed'}
  ${'"text"'} | ${'failed'} | ${'failed'}
`('$left beside a failure: && $and, || $or, on either side', ({ left, and, or }: Record<string, string>) => {
  const written = left === 'fails' ? 'arguments.missing' : left === '"text"' ? 'arguments.word' : left;

  expect(answer(`${written} && arguments.missing > 1`, { arguments: ARGUMENTS })).toBe(and);
  expect(answer(`arguments.missing > 1 && ${written}`, { arguments: ARGUMENTS })).toBe(and);
  expect(answer(`${written} || arguments.missing > 1`, { arguments: ARGUMENTS })).toBe(or);
  expect(answer(`arguments.missing > 1 || ${written}`, { arguments: ARGUMENTS })).toBe(or);
});

test.each`
  price                                           | above       | atLeast     | equal
  ${'5.00 USD'}                                   | ${'silent'} | ${'holds'}  | ${'holds'}
  ${'5.000001 USD'}                               | ${'holds'}  | ${'holds'}  | ${'silent'}
  ${'4.999999 USD'}                               | ${'silent'} | ${'silent'} | ${'silent'}
  ${{ units: 500n, asset: 'USD/2' }}              | ${'silent'} | ${'holds'}  | ${'holds'}
  ${{ units: 5000000n, asset: TOKEN }}            | ${'silent'} | ${'holds'}  | ${'holds'}
  ${{ units: 5000001n, asset: TOKEN }}            | ${'holds'}  | ${'holds'}  | ${'silent'}
  ${'9.00 EUR'}                                   | ${'failed'} | ${'failed'} | ${'failed'}
  ${{ units: 9n, asset: 'eip155:1/erc20:0xabc' }} | ${'failed'} | ${'failed'} | ${'failed'}
`('a price of $price is above 5 USD: $above', ({ price, above, atLeast, equal }) => {
  const opposite = (result: unknown) =>
    result === 'failed' ? result : result === 'holds' ? 'silent' : 'holds';

  expect(answer('price > money("5.00 USD")', { price })).toBe(above);
  expect(answer('price <= money("5.00 USD")', { price })).toBe(opposite(above));
  expect(answer('money("5.00 USD") < price', { price })).toBe(above);
  expect(answer('price >= money("5.00 USD")', { price })).toBe(atLeast);
  expect(answer('money("5.00 USD") > price', { price })).toBe(opposite(atLeast));
  expect(answer('price == money("5.00 USD")', { price })).toBe(equal);
  expect(answer('price != money("5.00 USD")', { price })).toBe(opposite(equal));
});

test('a price that does not count is absorbed like any other failure', () => {
  expect(answer('price > money("5.00 EUR") && tool == "buy"')).toBe('silent');
  expect(answer('price > money("5.00 EUR") || tool == "pay"')).toBe('holds');
});

test('reading a session that nobody counts fails, whatever is asked', () => {
  const given = { ...facts(), session: undefined };

  expect(compiled('session.calls >= 0').evaluate(given)).toEqual({
    failed: 'expected a session that is counted',
  });
  expect(compiled('has(session.calls)').evaluate(given)).toHaveProperty('failed');
  expect(compiled('tool == "x" && session.calls >= 0').evaluate(given)).toBe('silent');
});

test('arguments are asked for once, and only when they are read', () => {
  let asked = 0;
  const given = { ...facts(), arguments: () => ({ a: ++asked, b: 1 }) };

  expect(compiled('tool == "buy" && arguments.a == 1').evaluate(given)).toBe('silent');
  expect(asked).toBe(0);
  expect(compiled('arguments.a == 1 && arguments.b == 1 && arguments.a == 1').evaluate(given)).toBe('holds');
  expect(asked).toBe(1);
});

test('facts that throw are a failure without their message', () => {
  const secret = () => {
    throw new Error('sk-secret');
  };
  const hostile = new Proxy({}, { getOwnPropertyDescriptor: secret });

  expect(compiled('arguments.a == 1').evaluate({ ...facts(), arguments: secret })).toEqual({
    failed: 'expected arguments that can be read',
  });
  expect(compiled('arguments.a == 1').evaluate({ ...facts(), arguments: () => hostile })).toEqual({
    failed: 'expected facts that can be read',
  });
  expect(compiled('price > money("1 USD")').evaluate({ ...facts(), counts: secret })).toHaveProperty(
    'failed',
  );
});

test.each`
  text                                                | message
  ${'arguments.missing > 1'}                          | ${'`arguments.missing` is missing'}
  ${'arguments.text > 1'}                             | ${'expected two numbers, texts, times or durations in `arguments.text > 1`, got a text and a number'}
  ${'arguments.text == 1'}                            | ${'expected two values of one kind, not lists or objects in `arguments.text == 1`, got a text and a number'}
  ${'arguments.word'}                                 | ${'expected true or false, got a text'}
  ${'arguments.amount * 2 > 1'}                       | ${'expected numbers of one type in `arguments.amount * 2`; beside numbers of `arguments` write `2.0`, not `2`'}
  ${'price > money("1.00 EUR")'}                      | ${'expected a price that counts as `EUR` in `price > money("…")`'}
  ${'arguments.word in ["hunter2", 5]'}               | ${'expected two values of one kind, not lists or objects in `arguments.word in ["…", 5]`, got a text and a number'}
  ${'arguments.count != r"hunter2"'}                  | ${'expected two values of one kind, not lists or objects in `arguments.count != "…"`, got a number and a text'}
  ${'(arguments.count + "hunter2").contains("x")'}    | ${'expected two numbers in `arguments.count + "…"`, got a number and a text'}
  ${'arguments.count == // hunter2 "\n  "//hunter2"'} | ${'expected two values of one kind, not lists or objects in `arguments.count == "…"`, got a number and a text'}
  ${'["hunter2"].exists(w, arguments.count)'}         | ${'expected true or false in `["…"]`, got a number'}
  ${'arguments["hunter2"] == 1'}                      | ${'`arguments["…"]` is missing'}
  ${'arguments.object.exists(o, o == "a")'}           | ${'expected a list in `arguments.object`, got an object'}
  ${'"a" in arguments.object'}                        | ${'expected a list in `"…" in arguments.object`, got an object'}
`(
  '$text fails with a message that holds no values of the call and no texts of the policy',
  ({ text, message }: Record<string, string>) => {
    const result = compiled(text ?? '').evaluate(facts({ arguments: ARGUMENTS }));

    expect(failureOf(result)).toBe(message);
  },
);

test('a message of a failure is short however long the expression is', () => {
  const long = `arguments.${'x'.repeat(500)} > 1 && arguments.${'y'.repeat(500)} > "${'z'.repeat(500)}"`;

  expect(failureOf(compiled(long).evaluate(facts())).length).toBeLessThan(201);
});

test.each`
  text                                         | tells
  ${''}                                        | ${['empty']}
  ${' '.repeat(2_001) + 'true'}                | ${['at most 2000 characters']}
  ${'tool =='}                                 | ${['expected a CEL expression', 'character 8']}
  ${'tool = "x"'}                              | ${['expected a CEL expression', 'character 6']}
  ${'user == "x"'}                             | ${['expected one of `tool`', '`user`', 'character 1']}
  ${'tool == "x" && constructor == 1'}         | ${['`constructor`', 'character 16']}
  ${'int == int'}                              | ${['expected one of `tool`', '`int`']}
  ${'payee.name == "x"'}                       | ${['`recipient`', '`payee.name`']}
  ${'payee == principal'}                      | ${['`payee.recipient`', '`payee`']}
  ${'payee["recipient"] == "x"'}               | ${['`payee.recipient`', '`payee`']}
  ${'session.calls'}                           | ${['true or false', '`int`']}
  ${'tool'}                                    | ${['true or false', '`string`']}
  ${'tool > 5'}                                | ${['types that fit together', 'string > int']}
  ${'tool + 5 == "x"'}                         | ${['types that fit together', 'string + int']}
  ${'tool.matches("(a+)+$")'}                  | ${['methods', '`startsWith`', '`tool.matches']}
  ${'tool.split("a").size() == 1'}             | ${['methods', 'split']}
  ${'arguments.list.map(x, x).size() == 1'}    | ${['methods', 'map']}
  ${'cel.bind(x, tool, x == "a")'}             | ${['methods', 'bind']}
  ${'rm(tool)'}                                | ${['functions', '`rm(tool)`']}
  ${'type(tool) == string'}                    | ${['functions', 'type(tool)']}
  ${'size(tool, tool) == 1'}                   | ${['one argument of `size`']}
  ${'price > 5'}                               | ${['money(', '`5`']}
  ${'price > price'}                           | ${['money(', '`price`']}
  ${'price == arguments.price'}                | ${['money(', '`arguments.price`']}
  ${'price + price > money("1 USD")'}          | ${['`price` to be compared']}
  ${'price in [money("1 USD")]'}               | ${['`price` to be compared']}
  ${'price.units > 5'}                         | ${['`price` to be compared']}
  ${'money("1 USD") == money("1 USD")'}        | ${['only beside `price`']}
  ${'arguments.amount > money("1 USD")'}       | ${['only beside `price`']}
  ${'price > money(tool)'}                     | ${['written amount', 'money(tool)']}
  ${'price > money("1 usd")'}                  | ${['written amount']}
  ${'price > money("-1 USD")'}                 | ${['written amount']}
  ${'price > money("1.0000001 USD")'}          | ${['written amount']}
  ${'has(tool)'}                               | ${['has(arguments.amount)']}
  ${'now.getHours("Mars/Olympus") == 1'}       | ${['time zone', 'Mars']}
  ${'now.getHours("europe/berlin") == 1'}      | ${['time zone', 'europe']}
  ${'now.getHours(tool) == 1'}                 | ${['time zone', '`tool`']}
  ${'now > timestamp("2026-02-30T00:00:00Z")'} | ${['exists in the calendar']}
  ${'now > timestamp("yesterday")'}            | ${['2026-01-31T09:00:00Z']}
  ${'now - now > duration("a while")'}         | ${['1h30m']}
  ${'session.calls == 5u'}                     | ${['a text, a number']}
  ${'tool == b"x"'}                            | ${['a text, a number']}
  ${'session.calls < 9223372036854775808'}     | ${['2^63']}
  ${'{"a": 1} == {"a": 1}'}                    | ${['no `{...}`']}
  ${'arguments.list == [1]'}                   | ${['list only after `in`']}
  ${'tool in [["x"]]'}                         | ${['list only after `in`']}
  ${'arguments.a.all(tool, true)'}             | ${['new name', '`tool`']}
  ${'arguments.a.all(x.y, true)'}              | ${['identifier']}
`('$text is refused, and told why', ({ text, tells }: { text: string; tells: string[] }) => {
  const problem = problemOf(text);

  for (const part of tells)
    expect(problem.replace('invalid predicate iteration variable', 'identifier')).toContain(part);
  expect(problem).toMatch(/^[a-z].*[^.]$/);
  expect(problem.length).toBeLessThan(600);
});

test.each`
  text                                               | readsArguments | readsSession
  ${'tool == "pay" && price > money("1 USD")'}       | ${false}       | ${false}
  ${'principal.session == "s1"'}                     | ${false}       | ${false}
  ${'[1].exists(x, x == arguments.count)'}           | ${true}        | ${false}
  ${'tool in ["a", arguments.b]'}                    | ${true}        | ${false}
  ${'now > now || !(-session.calls == 1)'}           | ${false}       | ${true}
  ${'has(arguments.x) ? session.calls == 1 : false'} | ${true}        | ${true}
`('$text says which facts it reads', ({ text, readsArguments, readsSession }) => {
  expect(compiled(String(text))).toMatchObject({ readsArguments, readsSession });
});
