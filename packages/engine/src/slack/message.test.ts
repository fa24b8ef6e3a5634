import type { Approval } from '../nouns/approval.ts';
import { approvalMessage } from './message.ts';

const approval: Approval = {
  id: 'apr_1',
  callId: 'call_1',
  actionHash: 'a'.repeat(64),
  status: 'pending',
  quorums: [
    {
      policy: 'p',
      clause: 'approvals[0]',
      reason: '`deploy` is one of `deploy`',
      require: 1,
      approvers: ['ada@example.com'],
      escalations: [],
    },
  ],
  votes: [],
  action: {
    issuer: 'me',
    tenant: 'acme',
    agent: 'bot',
    owner: 'olga@example.com',
    session: 's1',
    tool: 'deploy',
    payee: { recipient: 'cloud.example' },
    arguments: '{"to":"production"}',
    price: '0.90 USD',
  },
  policies: undefined,
  createdAt: 1_767_614_400_000,
  expiresAt: 1_767_621_600_000,
  resolvedAt: undefined,
  noticed: 0,
};

/** The same question about another action. */
function about(action: Partial<Approval['action']>): Approval {
  return { ...approval, action: { ...approval.action, ...action } };
}

/** The buttons of a message: their ids and values. */
function buttonsOf(asked: Approval): readonly (readonly [unknown, unknown])[] {
  const { blocks } = approvalMessage(asked);
  return blocks.flatMap(({ type, elements }) => {
    if (type !== 'actions') return [];
    return (elements as Record<string, unknown>[]).map(({ action_id: id, value }) => [id, value] as const);
  });
}

test('a question has two buttons that carry what was shown', () => {
  const value = JSON.stringify({ approvalId: 'apr_1', actionHash: 'a'.repeat(64), tenant: 'acme' });

  expect(buttonsOf(approval)).toEqual([
    ['torii_approve', value],
    ['torii_deny', value],
  ]);
});

test.each(['approved', 'denied', 'expired', 'cancelled'] as const)('what is %s has no buttons', (status) => {
  expect(buttonsOf({ ...approval, status })).toEqual([]);
});

test.each`
  hostile                              | shown
  ${'<!channel> look'}                 | ${'&lt;!channel&gt; look'}
  ${'<@U061F7AUR>'}                    | ${'&lt;@U061F7AUR&gt;'}
  ${'<https://evil.example|our wiki>'} | ${'&lt;https://evil.example|our wiki&gt;'}
  ${'a & b'}                           | ${'a &amp; b'}
  ${'``` *approved by ada*'}           | ${'\\u0060\\u0060\\u0060 *approved by ada*'}
  ${'gpj\u202eexe.'}                   | ${'gpj\\u202eexe.'}
  ${'zero\u200bwidth'}                 | ${'zero\\u200bwidth'}
  ${'filler\u3164\u2800'}              | ${'filler\\u3164\\u2800'}
  ${'selector\u{e0100}'}               | ${'selector\\udb40\\udd00'}
  ${'\u{e0041}tag'}                    | ${'\\udb40\\udc41tag'}
`('arguments that say $hostile mention nobody, format nothing and hide nothing', ({ hostile, shown }) => {
  const text = JSON.stringify(approvalMessage(about({ arguments: JSON.stringify({ note: hostile }) })));

  expect(text).toContain(JSON.stringify(shown).slice(1, -1));
  if (hostile !== shown) expect(text).not.toContain(JSON.stringify(hostile).slice(1, -1));
});

test.each(['tool', 'agent', 'owner', 'tenant', 'price'] as const)(
  'a hostile %s stays inside its code',
  (field) => {
    const text = JSON.stringify(
      approvalMessage(about({ [field]: '` <!here> *x*\n_y_' })).blocks.slice(1, -1),
    );

    expect(text).toContain("`' &lt;!here&gt; *x*\\\\u{a}_y_`");
    expect(text).not.toContain('<!here>');
  },
);

test('what is escaped in the arguments still means the same', () => {
  const note = '` \u202e & < > \u{1f512} \n end';
  const { blocks } = approvalMessage(about({ arguments: JSON.stringify({ note }) }));

  const shown = blocks
    .map(({ text }) => String((text as { text?: unknown } | undefined)?.text))
    .filter((text) => text.startsWith('```'))
    .map((text) => text.slice(3, -3))
    .join('');

  const plain = shown.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  expect(JSON.parse(plain)).toEqual({ note });
});

test.each`
  characters | blocks | buttons
  ${2_800}   | ${1}   | ${2}
  ${5_000}   | ${2}   | ${2}
  ${34_000}  | ${12}  | ${2}
  ${40_000}  | ${0}   | ${1}
`('arguments of $characters characters take $blocks blocks and leave $buttons buttons', (row) => {
  const { characters, blocks: count, buttons } = row as Record<string, number>;
  const long = about({ arguments: JSON.stringify('x'.repeat(characters ?? 0)) });

  const { blocks } = approvalMessage(long);

  const texts = blocks.map(({ text }) => String((text as { text?: unknown } | undefined)?.text));
  expect(texts.filter((text) => text.startsWith('```'))).toHaveLength(count ?? 0);
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(3_000);
  expect(buttonsOf(long)).toHaveLength(buttons ?? 0);
});

test('no text is longer than Slack takes, whatever is in it', () => {
  const hostile = '&\u202e<'.repeat(1_000);
  const [quorum] = approval.quorums;
  const approvers = Array.from({ length: 100 }, (_, index) => `${index}&@example.com`);
  const quorums = quorum === undefined ? [] : Array(6).fill({ ...quorum, reason: hostile, approvers });
  const votes = Array(60).fill({
    approver: hostile,
    verdict: 'approve',
    comment: hostile,
    via: 'chat',
    at: 0,
  });
  const payee = { recipient: hostile, network: hostile };

  const { blocks } = approvalMessage({ ...about({ payee, agent: hostile }), quorums, votes });

  const texts = (value: unknown): readonly string[] =>
    JSON.stringify(value).match(/"(?:[^"\\\\]|\\\\.)*"/g) ?? [];
  const fields = blocks.flatMap((block) => (block['fields'] as { text: string }[] | undefined) ?? []);
  expect(Math.max(...fields.map(({ text }) => text.length))).toBeLessThanOrEqual(2_000);
  expect(Math.max(...texts(blocks).map((text) => text.length))).toBeLessThanOrEqual(3_000);
  expect(blocks.length).toBeLessThanOrEqual(50);
});

test('votes are shown with whom they stand for', () => {
  const vote = { approver: 'bob@example.com', standsFor: 'ada@example.com', at: 1_767_614_400_000 } as const;
  const said = { verdict: 'approve', comment: 'ok *now*', via: 'chat' } as const;

  const { blocks } = approvalMessage({ ...approval, votes: [{ ...vote, ...said }] });

  expect(JSON.stringify(blocks)).toContain('`bob@example.com`, for `ada@example.com` approved: `ok *now*`');
});

test('arguments that are no JSON are shown as they are', () => {
  expect(JSON.stringify(approvalMessage(about({ arguments: 'plain <text>' })))).toContain(
    'plain &lt;text&gt;',
  );
});
