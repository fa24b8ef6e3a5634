import type { Entry } from '@torii/engine';
import { AGENT } from '../suite/asking.ts';
import type { Told } from './moves.ts';
import { HELD, type Question, type Standing } from './question.ts';

/** What a question may come to: the last entries about it, and what they leave behind. */
const OUTCOMES = {
  'call.started': { state: 'started', status: 'approved', held: HELD },
  'approval.denied': { state: 'released', status: 'denied', held: 0n },
  'approval.cancelled': { state: 'released', status: 'cancelled', held: 0n },
  'approval.expired': { state: 'expired', status: 'expired', held: 0n },
} as const;

type End = keyof typeof OUTCOMES;

/** All that is known of one question once everybody is done with it. */
export interface Course {
  readonly question: Question;
  readonly told: readonly Told[];
  readonly entries: readonly Entry[];
  readonly standing: Standing;
}

/** What is wrong with how a question went: it ends once, as its entries say, and everybody was told the truth. */
export function flawsOf(course: Course): readonly string[] {
  return [...endFlaws(course), ...voteFlaws(course), ...toldFlaws(course)];
}

function endsOf(entries: readonly Entry[]): readonly End[] {
  return entries.flatMap(({ type }) => (isEnd(type) ? [type] : []));
}

function isEnd(type: string): type is End {
  return Object.hasOwn(OUTCOMES, type);
}

function endFlaws({ entries, standing }: Course): readonly string[] {
  const ends = endsOf(entries);
  const [end, ...others] = ends;
  if (end === undefined) return ['the question never ended'];
  if (others.length > 0) return [`the question ended ${ends.length} times: ${ends.join(', ')}`];
  const { state, status, held } = OUTCOMES[end];
  const flaws: string[] = [];
  if (standing.state !== state) flaws.push(`after ${end} the call is ${standing.state ?? 'unknown'}`);
  if (standing.approval?.status !== status)
    flaws.push(`after ${end} the approval is ${standing.approval?.status ?? 'unknown'}`);
  if (standing.held !== held) flaws.push(`after ${end} ${standing.held} are held`);
  if (standing.spent !== 0n) flaws.push(`${standing.spent} are spent, and nothing was settled`);
  const granted = entries.some(({ type }) => type === 'approval.approved');
  if (end === 'call.started' && !granted) flaws.push('the call started and nobody had approved it');
  if (end === 'approval.denied' && granted) flaws.push('a question that was approved was denied afterwards');
  return flaws;
}

/** Distinct seats count, a deputy fills the seat of whom they stand for, and whoever has no say is never counted. */
function voteFlaws({ question, entries }: Course): readonly string[] {
  const votes = entries.filter(({ type }) => type === 'approval.decision_submitted');
  const seats = votes.map(({ facts }) => textOf(facts['standsFor'] ?? facts['approver']));
  const flaws: string[] = [];
  if (new Set(seats).size < seats.length) flaws.push(`a seat was filled twice: ${seats.join(', ')}`);
  for (const seat of seats) {
    if (seat === 'mallory' || seat === AGENT.owner) flaws.push(`\`${seat}\` has no say and was counted`);
  }
  const agreed = votes.filter(({ facts }) => facts['verdict'] === 'approve').length;
  const granted = entries.some(({ type }) => type === 'approval.approved');
  if (granted && agreed < question.require) flaws.push(`approved by ${agreed} of ${question.require}`);
  return flaws;
}

function toldFlaws({ told, entries, standing }: Course): readonly string[] {
  const flaws: string[] = [];
  const submitted = new Set(
    entries
      .filter(({ type }) => type === 'approval.decision_submitted')
      .map(({ facts }) => `${textOf(facts['approver'])} ${textOf(facts['verdict'])}`),
  );
  const counted = told.flatMap((each) =>
    each.move === 'vote' && each.answer === 'counted' ? [`${each.approver} ${each.verdict}`] : [],
  );
  for (const vote of counted)
    if (!submitted.has(vote)) flaws.push(`told that it counted and nothing wrote it: ${vote}`);
  for (const vote of submitted)
    if (!counted.includes(vote)) flaws.push(`counted, and nobody said it: ${vote}`);
  const started = new Set(
    told.flatMap((each) => (each.move === 'start' && each.answer === 'started' ? [each.attempt] : [])),
  );
  const [end] = endsOf(entries);
  if (started.size > 1) flaws.push(`${started.size} callers were told that the call is theirs to run`);
  if (started.size > 0 && end !== 'call.started')
    flaws.push('somebody was told to run a call that never started');
  const cancelled = told.some((each) => each.move === 'cancel' && each.answer === 'cancelled');
  if (cancelled && standing.approval?.status !== 'cancelled')
    flaws.push(`told that it was cancelled, and it is ${standing.approval?.status ?? 'unknown'}`);
  return flaws;
}

function textOf(fact: unknown): string {
  return typeof fact === 'string' ? fact : 'nobody';
}
