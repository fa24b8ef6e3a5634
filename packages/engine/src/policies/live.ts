import { checkPolicies, type CompiledPolicies } from '../decide/index.ts';
import type { AssetTable } from '../nouns/asset.ts';
import type { Clock } from '../nouns/clock.ts';
import type { Mode } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { ChangedBy, PolicyFinding } from '../nouns/policies.ts';
import { isStored, type PolicySource, type StoredPolicies } from '../nouns/policy-source.ts';
import type { ActiveRevision, OtherActive, PolicyRevision } from '../nouns/revision.ts';
import type { Store } from '../nouns/store.ts';
import { everySecond } from './every-second.ts';
import {
  findingsIn,
  knownAs,
  loadDocuments,
  type LoadedPolicies,
  loadRevision,
  revisionOf,
  unknownRevision,
} from './loaded.ts';
import { readSource } from './read-source.ts';

export interface LiveOptions {
  readonly source: PolicySource | StoredPolicies;
  readonly store: Store;
  readonly assets: AssetTable;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;

  /** Told that something was written that webhooks may tell of. */
  readonly written: () => void;

  /** In shadow a set is kept and never activated: engines that enforce theirs on the same store go on. */
  readonly mode: Mode;
}

/** Waits before a source is read again whose last state could not be used, or that does not have the active set. */
const AGAIN_MS = 1_000;

/**
 * The set that decides. It changes as a whole or not at all: a set is compiled, saved and activated in the store first,
 * and only then decides here.
 */
export class LivePolicies {
  readonly #options: LiveOptions;
  #current: LoadedPolicies;
  #shadow: CompiledPolicies | undefined;
  #findings: { readonly of: readonly unknown[]; readonly found: readonly PolicyFinding[] } | undefined;
  #loading: Promise<void> = Promise.resolve();
  #stopWatching: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;
  readonly #closing = new AbortController();

  /** A reload waits for its turn: it will see what changed until then. */
  #reloadPlanned = false;

  /** What was wrong with the source when that was last written down. */
  #rejected: string | undefined;

  /** What was last told to `onError`. */
  #told: string | undefined;

  /** The active set that the source was last found not to have, and until when nobody need look again. */
  #missing: { readonly hash: string; readonly untilMs: number } | undefined;

  private constructor(options: LiveOptions, current: LoadedPolicies) {
    this.#options = options;
    this.#current = current;
  }

  /** Loads the first set. Throws what the source or the documents throw: an engine does not start without policies. */
  static async open(options: LiveOptions): Promise<LivePolicies> {
    const { source, store, assets, clock } = options;
    if (!isStored(source))
      return new LivePolicies(options, loadDocuments(await readSource(source, clock), assets));
    const active = await store.activeRevision();
    const loaded =
      active === undefined ? loadDocuments(source.seed, assets) : loadRevision(active.revision, assets);
    return new LivePolicies(options, loaded);
  }

  get policies(): CompiledPolicies {
    return this.#current.policies;
  }

  get shadow(): CompiledPolicies | undefined {
    return this.#shadow;
  }

  get stored(): boolean {
    return isStored(this.#options.source);
  }

  get mode(): LiveOptions['mode'] {
    return this.#options.mode;
  }

  get findings(): readonly PolicyFinding[] {
    const { documents } = this.#current;
    if (this.#findings?.of !== documents) this.#findings = { of: documents, found: checkPolicies(documents) };
    return this.#findings.found;
  }

  /** Activates the first set, unless it lives in the store and another one is active there, and follows the source. */
  async start(): Promise<void> {
    const { source, clock } = this.#options;
    if (isStored(source)) return this.#startStored();
    await this.#install(this.#current, { author: source.name, note: 'the engine started' });
    if (source.watch === undefined) return;
    this.#stopWatching = source.watch(() => this.#changed(), clock);
    // It may have changed between the first load and now, when nobody watched.
    this.#changed();
  }

  /** Somebody else may activate another set at any moment since this one was read: starting must not take that back. */
  async #startStored(): Promise<void> {
    const { store, clock, mode } = this.#options;
    const seed = { author: 'engine', note: 'the engine started' };
    if ((await store.activeRevision()) === undefined) await this.#install(this.#current, seed, 'none');
    await this.#follow();
    if (mode === 'enforce') return;
    // The store tells who decides by another set than the active one; in shadow nothing is asked of it by a set.
    const look = (): Promise<void> => this.#inTurn(() => this.#follow());
    this.#stopWatching = everySecond(clock, () => look().catch((error: unknown) => this.#tell(error)));
  }

  /**
   * Reads the source again, and activates what it has also where that is not new. What is not valid is recorded once and
   * thrown, and changes nothing.
   */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload('asked for'));
  }

  /**
   * Another set than ours was found active in the store: takes it over, where the source has it too. Rejects only where
   * the store does; a source that cannot be read does not have the set.
   */
  async catchUp(active: string): Promise<void> {
    await this.#inTurn(async () => {
      const { source, assets, clock } = this.#options;
      if (this.policies.hash === active) return;
      if (isStored(source)) return this.#follow();
      const { hash, untilMs } = this.#missing ?? { hash: '', untilMs: 0 };
      if (hash === active && clock.now() < untilMs) return;
      this.#missing = { hash: active, untilMs: clock.now() + AGAIN_MS };
      try {
        const loaded = loadDocuments(await readSource(source, clock, this.#closing.signal), assets);
        if (loaded.policies.hash === active) this.#current = loaded;
        if (loaded.policies.hash === this.policies.hash) return;
      } catch (error) {
        this.#tell(error);
      }
      // This look at the source found what nobody has seen yet: it is read once more, as a change.
      if (source.watch !== undefined) this.#changed();
    });
  }

  /** Validates a set and keeps it. */
  save(documents: readonly unknown[], by: ChangedBy): Promise<PolicyRevision> {
    return this.#save(loadDocuments(documents, this.#options.assets), by);
  }

  /**
   * Lets a saved revision decide. One that this engine cannot compile is not activated. With `expected`, the number of
   * the revision that has to be active until then, throws OPTIONS_INVALID where it is another one.
   */
  activate(number: number, by: ChangedBy, expected?: number): Promise<PolicyRevision> {
    return this.#inTurn(async () => {
      const { store, assets } = this.#options;
      const loaded = loadRevision(await revisionOf(store, number), assets);
      const active = await this.#activate({ number, loaded, expected }, by);
      if (active === undefined) throw unknownRevision(number);
      if ('kind' in active) throw notActiveStill(expected, active);
      this.#current = loaded;
      return active.revision;
    });
  }

  /** Lets a saved revision decide beside the active set, without effect; undefined ends that. */
  setShadow(number: number | undefined, { author, note = '' }: ChangedBy): Promise<void> {
    return this.#inTurn(async () => {
      const { store, assets } = this.#options;
      const revision = number === undefined ? undefined : await revisionOf(store, number);
      const shadow = revision && loadRevision(revision, assets).policies;
      const which = revision === undefined ? {} : { revision: revision.number, hash: revision.hash };
      await store.append([{ type: 'policies.shadowed', facts: { ...which, author, note } }]);
      this.#shadow = shadow;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopWatching();
    this.#cancelRetry();
    await this.#loading;
  }

  /** One change at a time, in the order in which they were asked for. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#loading.then(change);
    this.#loading = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** The source may have changed. What fails is tried again until it succeeds: nobody says when it would. */
  #changed(): void {
    if (this.#reloadPlanned || this.#closed) return;
    this.#reloadPlanned = true;
    this.#cancelRetry();
    const again = (error: unknown): void => {
      if (this.#closed) return;
      this.#tell(error);
      this.#cancelRetry = this.#options.clock.after(AGAIN_MS, () => this.#changed());
    };
    this.#inTurn(() => {
      this.#reloadPlanned = false;
      return this.#closed ? Promise.resolve() : this.#reload('seen');
    }).catch(again);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * A change that was only seen must be one, or engines with different files would take turns at activating theirs. Who
   * asks for it means this engine's.
   */
  async #reload(why: 'asked for' | 'seen'): Promise<void> {
    const { source, assets, clock } = this.#options;
    if (isStored(source)) return this.#follow();
    let loaded: LoadedPolicies;
    try {
      loaded = loadDocuments(await readSource(source, clock, this.#closing.signal), assets);
    } catch (error) {
      if (!this.#closed) await this.#reject(source, error);
      throw error;
    }
    this.#rejected = undefined;
    const changed = loaded.policies.hash !== this.policies.hash;
    const note = changed ? 'the source changed' : 'the source was read again';
    if (changed || why === 'asked for') await this.#install(loaded, { author: source.name, note });
    this.#told = undefined;
  }

  /** Writes down what is wrong with the source, once for as long as it stays so. */
  async #reject({ name }: PolicySource, error: unknown): Promise<void> {
    const message = messageOf(error);
    if (message === this.#rejected) return;
    const facts = { source: name.slice(0, 1_000).toWellFormed(), message };
    await this.#options.store.append([{ type: 'policies.rejected', facts }]);
    this.#options.written();
    this.#rejected = message;
  }

  /** Tells of a failure in the background, once for as long as it stays the same. */
  #tell(error: unknown): void {
    const message = messageOf(error);
    if (message === this.#told) return;
    this.#told = message;
    this.#options.onError(error instanceof Error ? error : new Error(message));
  }

  /** Takes the active set of the store over. One that this engine cannot compile leaves it with the old one, stale. */
  async #follow(): Promise<void> {
    const { store, assets } = this.#options;
    const active = await store.activeRevision();
    if (active === undefined || active.revision.hash === this.policies.hash) return;
    try {
      this.#current = loadRevision(active.revision, assets);
      this.#told = undefined;
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Keeps a set and activates it; where another one is active than was expected, that one is left to be followed. */
  async #install(loaded: LoadedPolicies, by: ChangedBy, expected?: 'none'): Promise<void> {
    const revision = await this.#save(loaded, by);
    const { number } = revision;
    const { mode } = this.#options;
    const active = mode === 'enforce' ? await this.#activate({ number, loaded, expected }, by) : undefined;
    if (active !== undefined && 'kind' in active) return;
    this.#current = knownAs(revision, loaded);
  }

  async #activate(
    { number, loaded, expected }: Activation,
    { author, note = '' }: ChangedBy,
  ): Promise<ActiveRevision | OtherActive | undefined> {
    const change = { number, author, note, facts: findingsIn(loaded) };
    const { store, written } = this.#options;
    const answer = await store.activateRevision(expected === undefined ? change : { ...change, expected });
    written();
    return answer;
  }

  #save({ text, policies }: LoadedPolicies, { author, note = '' }: ChangedBy): Promise<PolicyRevision> {
    return this.#options.store.saveRevision({ hash: policies.hash, documents: text, author, note });
  }
}

/** What is to be active, and what has to be until then. */
interface Activation {
  readonly number: number;
  readonly loaded: LoadedPolicies;
  readonly expected: number | 'none' | undefined;
}

function notActiveStill(expected: number | undefined, { active }: OtherActive): ToriiError {
  const now = active === undefined ? 'none is' : `revision \`${active}\` is`;
  const message = `expected revision \`${expected}\` to be active still; ${now}, so nothing was rolled back`;
  return new ToriiError('OPTIONS_INVALID', message);
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : 'the policies cannot be loaded';
  return message.slice(0, 1_000).toWellFormed();
}
