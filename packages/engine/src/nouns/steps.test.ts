import { isPromise, known, type MaybePromise, type Steps, take } from './steps.ts';

function* sum(...amounts: readonly MaybePromise<number>[]): Steps<number> {
  let all = 0;
  for (const amount of amounts) all += yield* known(amount);
  return all;
}

function* guarded(answer: MaybePromise<number>, seen: string[]): Steps<number | string> {
  try {
    return yield* sum(answer);
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  } finally {
    seen.push('over');
  }
}

test('steps that wait for nothing are taken at once', () => {
  expect(take(sum(1, 2, 3))).toBe(6);
});

test('steps wait for what is promised, and for nothing else', async () => {
  const whole = take(sum(1, Promise.resolve(2), 3, Promise.resolve(4)));

  expect(whole).toBeInstanceOf(Promise);
  expect(await whole).toBe(10);
});

test('whatever `await` would wait for is waited for', async () => {
  const thenable: PromiseLike<number> = { then: (told) => Promise.resolve(5).then(told) };
  const callable = Object.assign(() => 7, thenable);

  expect(await take(sum(thenable, callable))).toBe(10);
});

test('a thenable that tells more than once, and answers nothing, is heard once', async () => {
  const told: unknown[] = [];
  const twice = { then: (tell: (amount: number) => void) => [tell(5), tell(7)].length } as never;
  function* heard(): Steps<number> {
    told.push(yield* known<number>(twice));
    told.push(yield* known(1));
    return yield* known(Promise.resolve(2));
  }

  expect(await take(heard())).toBe(2);
  expect(told).toEqual([5, 1]);
});

test.each([
  ['at once', 1, 1],
  ['promised', Promise.resolve(2), 2],
  ['promised and not kept', Promise.reject(new Error('down')), 'down'],
])('what is %s can be caught, and its end is noticed', async (_, answer, expected) => {
  const seen: string[] = [];

  expect(await take(guarded(answer, seen))).toBe(expected);
  expect(seen).toEqual(['over']);
});

test('what steps throw is thrown at once before they wait, and rejects after', async () => {
  function* failing(first: MaybePromise<number>): Steps<number> {
    yield* known(first);
    throw new Error('failed');
  }

  expect(() => take(failing(1))).toThrow('failed');
  await expect(take(failing(Promise.resolve(1)))).rejects.toThrow('failed');
});

test.each([null, undefined, 0, '', {}, { then: { kind: 'start' } }, []])('%j is no promise', (value) => {
  expect(isPromise<unknown>(value)).toBe(false);
});
