import type { Entry } from '@torii/engine';
import { cell, WIDTH } from './columns.ts';
import type { Paint } from './paint.ts';

const COLUMNS = { seq: 5, time: 14, type: 26, hash: 8, tool: 14 } as const;

/** What an entry can tell a person, the most telling first. */
const TELLING = ['code', 'charged', 'price', 'verdict', 'approver', 'status', 'reason', 'agent'] as const;

/** The entries of a journal as a table, with the tool of the call that each is about. */
export function journalTable(entries: readonly Entry[], paint: Paint): readonly string[] {
  const tools = new Map(
    entries.flatMap(({ callId, facts }) =>
      callId === undefined || facts['tool'] === undefined ? [] : [[callId, textOf(facts['tool'])]],
    ),
  );
  const head = row({
    seq: 'entry',
    time: 'time (UTC)',
    type: 'what',
    hash: 'hash',
    tool: 'tool',
    facts: 'facts',
  });
  return [
    paint('dim', head),
    ...entries.map((entry) => row(cellsOf(entry, tools.get(entry.callId ?? '') ?? ''))),
  ];
}

type Cells = Readonly<Record<keyof typeof COLUMNS | 'facts', string>>;

function cellsOf({ seq, at, type, hash, facts }: Entry, tool: string): Cells {
  const time = new Date(at).toISOString().slice(5, 19).replace('T', ' ');
  const told = TELLING.flatMap((name) => (facts[name] === undefined ? [] : [textOf(facts[name])]));
  return {
    seq: String(seq),
    time,
    type,
    hash: hash.slice(0, COLUMNS.hash),
    tool,
    facts: shortened(told, type),
  };
}

/** A denial is told by its code: its price was never held. */
function shortened(told: readonly string[], type: Entry['type']): string {
  return (type === 'call.denied' ? told.filter((text) => !text.endsWith(' USD')) : told).join(' ');
}

function row({ seq, time, type, hash, tool, facts }: Cells): string {
  const start = [
    cell(seq, COLUMNS.seq, 'right'),
    cell(time, COLUMNS.time),
    cell(type, COLUMNS.type),
    cell(hash, COLUMNS.hash),
    cell(tool, COLUMNS.tool),
  ].join(' ');
  return `${start} ${cell(facts, WIDTH - start.length - 1)}`.trimEnd();
}

function textOf(value: Entry['facts'][string] | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
