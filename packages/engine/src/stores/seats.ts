import {
  type Approval,
  decidersOf,
  type Deputy,
  isExcluded,
  type Quorum,
  type Vote,
} from '../nouns/approval.ts';

type Asked = Pick<Approval, 'quorums' | 'createdAt' | 'action'>;

/** A time in which somebody may decide: from the first moment on, before the second. Milliseconds since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Whether somebody may decide an approval at `nowMs`, themselves or in somebody's place, whoever has voted so far. */
export function mayDecide(approval: Asked, person: string, nowMs: number): boolean {
  return approval.quorums.some((quorum) => seatsFor(approval, quorum, { person, atMs: nowMs }).length > 0);
}

/** When each person may decide an approval. The spans of one person do not meet, the earliest is first. */
export function spansOf(approval: Asked): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, readonly Span[]>();
  for (const quorum of approval.quorums) {
    const from = namedFrom(approval, quorum);
    for (const [person, fromMs] of from)
      found.set(person, withSpan(found.get(person), { fromMs, untilMs: Infinity }));
    for (const deputy of deputiesIn(approval, quorum)) {
      const fromMs = Math.max(deputy.fromMs, from.get(deputy.standsFor) ?? Infinity);
      if (fromMs < deputy.untilMs)
        found.set(deputy.deputy, withSpan(found.get(deputy.deputy), { fromMs, untilMs: deputy.untilMs }));
    }
  }
  return found;
}

/** Which seat a vote at `nowMs` would fill in each quorum; undefined where it would fill none. */
export function freeSeats(
  approval: Asked & Pick<Approval, 'votes'>,
  person: string,
  nowMs: number,
): readonly (string | undefined)[] {
  return approval.quorums.map((quorum) => {
    const taken = seatsTaken(approval, quorum, nowMs);
    return seatsFor(approval, quorum, { person, atMs: nowMs }).find((seat) => !taken.has(seat));
  });
}

/**
 * The seats of a quorum that are filled. Who stood in for somebody when they voted keeps that seat; whom an escalation
 * named only later has counted in this quorum since.
 */
export function seatsTaken(
  approval: Asked & Pick<Approval, 'votes'>,
  quorum: Quorum,
  nowMs: number,
): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const { approver: person, at: atMs } of approval.votes) {
    const then = seatsFor(approval, quorum, { person, atMs });
    const seats = then.length > 0 ? then : ownSeat(approval, quorum, { person, atMs: nowMs });
    const seat = seats.find((one) => !taken.has(one));
    if (seat !== undefined) taken.add(seat);
  }
  return taken;
}

/** Somebody at a moment. */
interface Voter {
  readonly person: Vote['approver'];
  readonly atMs: number;
}

/** The seats of a quorum that somebody may fill, in order: their own where it names them, else of whom they stand in for. */
function seatsFor(approval: Asked, quorum: Quorum, voter: Voter): readonly string[] {
  const own = ownSeat(approval, quorum, voter);
  if (own.length > 0 || quorum.deputies === undefined) return own;
  const named = decidersOf(approval, quorum, voter.atMs);
  return deputiesIn(approval, quorum)
    .filter(({ deputy, fromMs, untilMs }) => {
      return deputy === voter.person && fromMs <= voter.atMs && voter.atMs < untilMs;
    })
    .map(({ standsFor }) => standsFor)
    .filter((person) => named.has(person));
}

function ownSeat(approval: Asked, quorum: Quorum, { person, atMs }: Voter): readonly string[] {
  const named = !isExcluded(approval, quorum, person) && decidersOf(approval, quorum, atMs).has(person);
  return named ? [person] : [];
}

/** The deputies of a quorum, but none that is excluded and none of somebody who is. */
function deputiesIn(approval: Asked, quorum: Quorum): readonly Deputy[] {
  return (quorum.deputies ?? []).filter(
    ({ deputy, standsFor }) =>
      !isExcluded(approval, quorum, deputy) && !isExcluded(approval, quorum, standsFor),
  );
}

/** From when a quorum names each person itself. */
function namedFrom(approval: Asked, quorum: Quorum): ReadonlyMap<string, number> {
  const from = new Map<string, number>();
  for (const { afterMs, approvers } of [{ afterMs: 0, approvers: quorum.approvers }, ...quorum.escalations]) {
    const atMs = approval.createdAt + afterMs;
    for (const person of approvers)
      if (!isExcluded(approval, quorum, person)) from.set(person, Math.min(atMs, from.get(person) ?? atMs));
  }
  return from;
}

/** Spans with one more, and those that meet it made one with it. */
function withSpan(spans: readonly Span[] = [], added: Span): readonly Span[] {
  const meets = ({ fromMs, untilMs }: Span): boolean => fromMs <= added.untilMs && added.fromMs <= untilMs;
  const met = [added, ...spans.filter(meets)];
  const whole = {
    fromMs: Math.min(...met.map(({ fromMs }) => fromMs)),
    untilMs: Math.max(...met.map(({ untilMs }) => untilMs)),
  };
  const apart = spans.filter((span) => !meets(span));
  return [...apart, whole].sort((a, b) => a.fromMs - b.fromMs);
}
