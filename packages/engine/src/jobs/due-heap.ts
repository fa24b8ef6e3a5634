interface Due {
  readonly name: string;
  readonly dueAt: number;

  /** Of those that are due at the same time, the one that was added first comes first. */
  readonly order: number;
}

/** Names by the time at which they are due: a binary heap. */
export class DueHeap {
  readonly #all: Due[] = [];
  #added = 0;

  add(name: string, dueAt: number): void {
    const due = { name, dueAt, order: this.#added++ };
    let place = this.#all.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#all[parent];
      if (above === undefined || !isBefore(due, above)) break;
      this.#all[place] = above;
      place = parent;
    }
    this.#all[place] = due;
  }

  /** When the first is due; undefined where there is none. */
  firstAt(): number | undefined {
    return this.#all[0]?.dueAt;
  }

  /** Takes the first, if it is due. */
  takeDue(now: number): string | undefined {
    const first = this.#all[0];
    if (first === undefined || first.dueAt > now) return undefined;
    const last = this.#all.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first.name;
  }

  #sink(due: Due): void {
    let place = 0;
    for (;;) {
      const below = this.#earlierChild(place);
      const child = below === undefined ? undefined : this.#all[below];
      if (below === undefined || child === undefined || !isBefore(child, due)) break;
      this.#all[place] = child;
      place = below;
    }
    this.#all[place] = due;
  }

  #earlierChild(place: number): number | undefined {
    const [left, right] = [2 * place + 1, 2 * place + 2];
    const [one, other] = [this.#all[left], this.#all[right]];
    if (one === undefined) return undefined;
    return other !== undefined && isBefore(other, one) ? right : left;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.dueAt === other.dueAt ? one.order < other.order : one.dueAt < other.dueAt;
}
