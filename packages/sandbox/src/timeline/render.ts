import type { CallEvent, NoteEvent, SceneEvent, TimelineEvent } from './event.ts';
import { cell, WIDTH, wrap } from './columns.ts';
import type { Colour, Paint } from './paint.ts';

const COLUMNS = { time: 7, name: 15, verdict: 8, cost: 7, left: 7 } as const;
const NAME_AT = COLUMNS.time + 2;
const NOTE_AT = NAME_AT + COLUMNS.name + 1;
const WHY_AT = NOTE_AT + COLUMNS.verdict + 1 + COLUMNS.cost + 1 + COLUMNS.left + 2;

const TITLE = 'Torii: an agent, tools that cost money, and what stands between them';

const COLOURS: Readonly<Record<CallEvent['verdict'], Colour>> = {
  allowed: 'green',
  denied: 'red',
  waiting: 'yellow',
  failed: 'magenta',
};

/** Turns events into the lines of the timeline, in order; a title and the names of the columns come first. */
export function timelineRenderer(paint: Paint): (event: TimelineEvent) => readonly string[] {
  const head = [paint('bold', TITLE), columnNames(paint)];
  let scenes = 0;
  let before = '';
  return (event) => {
    const why = event.kind === 'call' ? whyOf(event) : '';
    const repeats = why === before;
    before = why;
    return [...head.splice(0), ...linesOf(event, why, repeats)];
  };

  function linesOf(event: TimelineEvent, why: string, repeats: boolean): readonly string[] {
    switch (event.kind) {
      case 'scene':
        return sceneLines(paint, event, ++scenes);
      case 'call':
        return callLines(paint, event, repeats && event.code !== undefined ? `${event.code}, as above` : why);
      case 'note':
        return noteLines(paint, event);
    }
  }
}

function columnNames(paint: Paint): string {
  const { time, name, verdict, cost, left } = COLUMNS;
  const amounts = `${cell('cost', cost, 'right')} ${cell('left', left, 'right')}`;
  const names = `${cell('time', time, 'right')}  ${cell('tool', name)} ${cell('verdict', verdict)} ${amounts}`;
  return paint('dim', `${names}  why (USD; left: in the session's budget)`);
}

function sceneLines(paint: Paint, { title, why }: SceneEvent, number: number): readonly string[] {
  const lines = wrap(why, WIDTH - 4);
  return ['', paint('bold', `${number}. ${title}`), ...lines.map((line) => paint('dim', `   ${line}`)), ''];
}

function callLines(paint: Paint, event: CallEvent, why: string): readonly string[] {
  const { atMs, tool, verdict, leftUsd = '' } = event;
  const { time, name, cost, left } = COLUMNS;
  const [first = '', ...rest] = wrap(why, WIDTH - WHY_AT);
  const amounts = `${cell(costOf(event), cost, 'right')} ${cell(leftUsd, left, 'right')}`;
  const shown = paint(COLOURS[verdict], cell(verdict, COLUMNS.verdict));
  const line = `${paint('dim', cell(offset(atMs), time, 'right'))}  ${cell(tool, name)} ${shown} ${amounts}  ${first}`;
  return [line.trimEnd(), ...rest.map((more) => ' '.repeat(WHY_AT) + more)];
}

function noteLines(paint: Paint, { atMs, who, text }: NoteEvent): readonly string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - NOTE_AT);
  const line = `${paint('dim', cell(offset(atMs), COLUMNS.time, 'right'))}  ${paint('cyan', cell(who, COLUMNS.name))} ${first}`;
  return [line, ...rest.map((more) => ' '.repeat(NOTE_AT) + more)];
}

/** Money that is only held stands in brackets. */
function costOf({ verdict, costUsd = '' }: CallEvent): string {
  return verdict === 'waiting' ? `(${costUsd})` : costUsd;
}

function whyOf({ verdict, code, status, note, retryAfterSeconds }: CallEvent): string {
  if (verdict === 'allowed') return note;
  const named = [status, code].filter((part) => part !== undefined).join(' ');
  const retry =
    verdict === 'denied' && retryAfterSeconds !== undefined ? `; retry in ${retryAfterSeconds} s` : '';
  return `${named}: ${note}${retry}`;
}

function offset(atMs: number): string {
  return `${(atMs / 1_000).toFixed(2)}s`;
}
