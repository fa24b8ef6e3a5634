import { CANONICAL_LIMITS } from './canonical.ts';
import { ToriiError } from './errors.ts';
import { pathText, quoted } from './wording.ts';

/** Bounds on a JSON text. */
export interface JsonLimits {
  /** Deepest nesting; a value that is not inside another has depth 0. @default 32 */
  readonly depth?: number;

  /** Most values in all. @default 10_000 */
  readonly nodes?: number;

  /** Longest text, in UTF-8 bytes. @default 262_144 */
  readonly bytes?: number;
}

/**
 * The value of a JSON text that every reader understands alike. Throws JSON_INVALID, with line and path, for duplicate
 * keys, `__proto__` keys, comments, trailing text, half surrogate pairs, whole numbers beyond 2^53 - 1 and anything
 * beyond the limits.
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  const { depth = CANONICAL_LIMITS.depth, nodes = CANONICAL_LIMITS.nodes } = limits;
  const { bytes = CANONICAL_LIMITS.characters } = limits;
  if (Buffer.byteLength(text) > bytes)
    throw new ToriiError('JSON_INVALID', `expected at most ${bytes} bytes of JSON`);
  new Scanner(text, depth, nodes).scan();
  // The scanner only objects; the value is the platform's own, so a text must please both.
  return JSON.parse(text);
}

const NUMBER = '+-.0123456789eE';
const SPACE = ' \t\n\r';

/** Walks a JSON text once, without building anything, and throws at the first thing that is not strict. */
class Scanner {
  #at = 0;
  #values = 0;
  readonly #path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    private readonly depth: number,
    private readonly nodes: number,
  ) {}

  scan(): void {
    this.#value();
    if (this.#at < this.text.length) throw this.#expected('nothing after the value');
  }

  /** A value and the white space around it. */
  #value(): void {
    this.#space();
    if (this.#path.length > this.depth) throw this.#refuse(`deeper than ${this.depth} levels`);
    if (++this.#values > this.nodes) throw this.#refuse(`more than ${this.nodes} values`);
    const first = this.text.charAt(this.#at);
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#string();
    else if (first !== '' && NUMBER.includes(first)) this.#number();
    else this.#word();
    this.#space();
  }

  #object(): void {
    const keys = new Set<string>();
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return;
    do {
      this.#space();
      if (this.text.charAt(this.#at) !== '"') throw this.#expected('a key in double quotes');
      const key = this.#string();
      this.#path.push(key);
      if (keys.has(key)) throw this.#refuse('the key is there twice');
      if (key === '__proto__') throw this.#refuse('a `__proto__` key is refused');
      keys.add(key);
      this.#space();
      if (!this.#take(':')) throw this.#expected('`:`');
      this.#value();
      this.#path.pop();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#expected('`,` or `}`');
  }

  #array(): void {
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return;
    let index = 0;
    do {
      this.#path.push(index++);
      this.#value();
      this.#path.pop();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#expected('`,` or `]`');
  }

  #string(): string {
    const start = this.#at++;
    while (this.text.charAt(this.#at) !== '"') {
      if (this.#at >= this.text.length) throw this.#expected('`"` at the end of the text');
      this.#at += this.text.charAt(this.#at) === '\\' ? 2 : 1;
    }
    const value = this.#read(
      this.text.slice(start, ++this.#at),
      'text without control characters or unknown escapes',
    );
    if (typeof value !== 'string' || !value.isWellFormed())
      throw this.#refuse('text with half a surrogate pair');
    return value;
  }

  #number(): void {
    const start = this.#at;
    while (this.#at < this.text.length && NUMBER.includes(this.text.charAt(this.#at))) this.#at += 1;
    const token = this.text.slice(start, this.#at);
    const value = Number(this.#read(token, 'a number'));
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      throw this.#refuse(`the number ${quoted(token)} is beyond 2^53 - 1, where readers differ`);
    }
  }

  #word(): void {
    const word = ['true', 'false', 'null'].find((each) => this.text.startsWith(each, this.#at));
    if (word === undefined) throw this.#expected('a JSON value');
    this.#at += word.length;
  }

  #read(token: string, expected: string): unknown {
    try {
      return JSON.parse(token);
    } catch {
      throw this.#refuse(`expected ${expected}, got ${quoted(token)}`);
    }
  }

  #space(): void {
    while (this.#at < this.text.length && SPACE.includes(this.text.charAt(this.#at))) this.#at += 1;
  }

  #take(character: string): boolean {
    if (this.text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #expected(what: string): ToriiError {
    const rest = this.text.slice(this.#at, this.#at + 10);
    return this.#refuse(`expected ${what}, got ${rest === '' ? 'the end' : quoted(rest)}`);
  }

  #refuse(why: string): ToriiError {
    const line = this.text.slice(0, this.#at).split('\n').length;
    const path = pathText(this.#path);
    return new ToriiError('JSON_INVALID', `line ${line}${path === '' ? '' : `, \`${path}\``}: ${why}`);
  }
}
