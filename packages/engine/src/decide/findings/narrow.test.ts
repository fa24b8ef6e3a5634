import { checkPolicies } from './index.ts';

/** Where narrow patterns are found in one document, beside a policy that allows a tool with a slash. */
function narrowIn(
  document: object,
  beside: object = { tools: { allow: ['github/push', '**'] } },
): readonly string[] {
  return checkPolicies([
    { id: 'p', ...document },
    { id: 'beside', match: { agents: ['x'] }, ...beside },
  ])
    .filter(({ code }) => code === 'PATTERN_NARROW')
    .map(({ path }) => path.replace('policies[0].', ''));
}

const asking = { approvers: ['a@b'] };
const tools = ['delete_*'];
const budget = { scope: 'agent', window: 'day', limit: '1 USD' };
const rule = { id: 'r', when: 'true', then: 'deny', reason: '' };

type Row = readonly [what: string, document: object, path?: string];

const rows: readonly Row[] = [
  ['a deny list', { tools: { deny: ['x', 'delete_*'] } }, 'tools.deny[1]'],
  ['a star on both sides', { tools: { deny: ['*delete*'] } }, 'tools.deny[0]'],
  ['an approval', { approvals: [{ when: { tools }, ...asking }] }, 'approvals[0].when.tools[0]'],
  ['a rule', { rules: [{ ...rule, tools }] }, 'rules[0].tools[0]'],
  ['a budget', { budgets: [{ ...budget, tools }] }, 'budgets[0].tools[0]'],
  ['a rate', { rates: [{ scope: 'agent', limit: 1, per: 'day', tools }] }, 'rates[0].tools[0]'],
  [
    'a class',
    { classes: { c: tools }, rates: [{ scope: 'agent', limit: 1, per: 'day', class: 'c' }] },
    'classes.c[0]',
  ],
  [
    'tools that destroy',
    { effects: { overrides: { destructive: tools } } },
    'effects.overrides.destructive[0]',
  ],
  ['tools of admins', { effects: { overrides: { admin: tools } } }, 'effects.overrides.admin[0]'],
  ['tools that read', { effects: { overrides: { read: tools } } }],
  ['an allow list', { tools: { allow: ['delete_*', 'g/x'] } }],
  ['an elevation', { sessions: { mode: 'read-only', elevation: { ...asking, tools } } }],
  ['a name', { tools: { deny: ['delete_all'] } }],
  ['a pattern with a slash', { tools: { deny: ['*/delete_*'] } }],
  ['two stars', { tools: { deny: ['delete**'] } }],
  ['a pattern that goes on behind a slash', { tools: { deny: ['delete_*', '**/delete_*'] } }],
  ['a lone star beside two', { tools: { deny: ['*', '*/**'] } }],
  ['a policy that allows no tool with a slash', { tools: { allow: ['a', 'b*'], deny: ['bc*'] } }],
  ['a policy that allows one', { tools: { allow: ['a', 'g/x'], deny: ['b*'] } }, 'tools.deny[0]'],
  ['a disabled policy', { enabled: false, tools: { deny: ['delete_*'] } }],
  ['merchants, whose star does not stop', { merchants: { deny: ['*x'] } }],
];

test.each(rows.map(([what, document, path]) => ({ what, document, path })))(
  'patterns that stop at a slash: $what',
  ({ document, path }) => {
    expect(narrowIn(document)).toEqual(path === undefined ? [] : [path]);
  },
);

test.each<[pattern: string, paths: readonly string[]]>([
  ['*', ['tools.deny[0]']],
  ['delete_*', []],
  ['**', []],
])('where no tool has a slash, `%s` is found at %j', (pattern, paths) => {
  expect(narrowIn({ tools: { deny: [pattern] } }, { tools: { allow: ['search'] } })).toEqual(paths);
});

test.each([
  [
    ['*'],
    '`*` matches no tool with a slash in its name, for `*` stops at `/`; write `**` if those are meant too',
  ],
  [
    ['g/x', 'delete_*'],
    '`delete_*` matches no tool with a slash in its name, such as `g/x` at `policies[0].tools.deny[0]`, for `*` stops at `/`; add `**/delete_*` if those are meant too',
  ],
  [
    ['g/x', '*_delete'],
    '`*_delete` matches no tool with a slash in its name, such as `g/x` at `policies[0].tools.deny[0]`, for `*` stops at `/`; write `**_delete` if those are meant too',
  ],
])('%j: the finding says what passes and what to write', (deny, message) => {
  expect(checkPolicies([{ id: 'p', tools: { deny } }]).map((each) => each.message)).toEqual([message]);
});

test('ten patterns of a list are told, and how many more there are', () => {
  const deny = Array.from({ length: 15 }, (_, index) => `t${index}_*`);
  const paths = narrowIn({ tools: { deny } });

  expect(paths).toHaveLength(11);
  expect(paths[10]).toBe('tools.deny');
});
