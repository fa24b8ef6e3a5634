/** The keys of an object in the order in which they are written, and as they are: in quotes, with a colon. */
export interface Shape {
  readonly keys: readonly string[];
  readonly names: readonly string[];
}

/** Keys that are remembered in all. */
const MOST_KEYS = 2_000;

/** Keys that are short and written as they are. */
const SIMPLE_KEY = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/** After which key comes which, and the shape of an object that ends here. */
interface Place {
  readonly next: Map<string, Place>;
  shape: Shape | undefined;
}

/**
 * Remembers how the keys of objects are ordered and written. Meant for what we write ourselves, which has few shapes: it
 * learns up to a bound and then nothing more, so what an agent sends should not go through it.
 */
export class Shapes {
  readonly #root: Place = { next: new Map(), shape: undefined };
  #known = 0;

  /** The shape of an object with these keys in this order; undefined where it is not remembered. */
  of(keys: readonly string[]): Shape | undefined {
    let place = this.#root;
    for (const key of keys) {
      const next = place.next.get(key);
      if (next === undefined) return this.#learn(keys);
      place = next;
    }
    return place.shape ?? this.#learn(keys);
  }

  #learn(keys: readonly string[]): Shape | undefined {
    if (this.#known + keys.length > MOST_KEYS || !keys.every((key) => SIMPLE_KEY.test(key))) return undefined;
    this.#known += keys.length;
    let place = this.#root;
    for (const key of keys) {
      const next = place.next.get(key) ?? { next: new Map<string, Place>(), shape: undefined };
      place.next.set(key, next);
      place = next;
    }
    // RFC 8785 sorts by UTF-16 code units, which is how JavaScript compares text.
    const sorted = [...keys].sort();
    place.shape = { keys: sorted, names: sorted.map((key) => `"${key}":`) };
    return place.shape;
  }
}
