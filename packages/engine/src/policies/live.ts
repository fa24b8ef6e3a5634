import { checkPolicies, type CompiledPolicies, compilePolicies } from '../decide/index.ts';
import type { AssetTable } from '../nouns/asset.ts';
import type { Clock } from '../nouns/clock.ts';
import { policyName } from '../nouns/decision.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { ChangedBy, PolicyFinding } from '../nouns/policies.ts';
import { isStored, type PolicySource, type StoredPolicies } from '../nouns/policy-source.ts';
import type { PolicyRevision } from '../nouns/revision.ts';
import type { Store } from '../nouns/store.ts';
import { parseJson } from '../nouns/strict-json.ts';
import { shown } from '../nouns/wording.ts';

export interface LiveOptions {
  readonly source: PolicySource | StoredPolicies;
  readonly store: Store;
  readonly assets: AssetTable;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;

  /** In shadow a file or a list is kept and never activated: engines that enforce theirs on the same store go on. */
  readonly mode: 'enforce' | 'shadow';
}

/** A set of policies that was compiled from its documents. */
export interface LoadedPolicies {
  readonly documents: readonly unknown[];
  readonly policies: CompiledPolicies;
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
  #closed = false;

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
    const { source, store, assets } = options;
    if (!isStored(source)) return new LivePolicies(options, load(await source.load(), assets));
    const active = await store.activeRevision();
    const documents = active === undefined ? source.seed : documentsOf(active.revision);
    return new LivePolicies(options, load(documents, assets));
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

  get findings(): readonly PolicyFinding[] {
    const { documents } = this.#current;
    if (this.#findings?.of !== documents) this.#findings = { of: documents, found: checkPolicies(documents) };
    return this.#findings.found;
  }

  /** Activates the first set, unless it lives in the store and another one is active there, and follows the source. */
  async start(): Promise<void> {
    const { source, store, clock } = this.#options;
    const stored = isStored(source);
    // Somebody else may have activated another set since this one was read: starting must not take that back.
    if (stored && (await store.activeRevision()) !== undefined) return this.#follow();
    const by = { author: stored ? 'engine' : source.name, note: 'the engine started' };
    await this.#install(this.#current, by);
    if (stored || source.watch === undefined) return;
    this.#stopWatching = source.watch(() => this.#changed(), clock);
    // It may have changed between the first load and now, when nobody watched.
    this.#changed();
  }

  /** Reads the source again. What is not valid is recorded once and thrown, and changes nothing. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload());
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
        const loaded = load(await source.load(), assets);
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
    return this.#save(load(documents, this.#options.assets), by);
  }

  /** Lets a saved revision decide. One that this engine cannot compile is not activated. */
  activate(number: number, { author, note = '' }: ChangedBy): Promise<PolicyRevision> {
    return this.#inTurn(async () => {
      const { store, assets } = this.#options;
      const loaded = load(documentsOf(await revisionOf(store, number)), assets);
      const active = await store.activateRevision({ number, author, note });
      if (active === undefined) throw unknownRevision(number);
      this.#current = loaded;
      return active.revision;
    });
  }

  /** Lets a saved revision decide beside the active set, without effect; undefined ends that. */
  setShadow(number: number | undefined, { author, note = '' }: ChangedBy): Promise<void> {
    return this.#inTurn(async () => {
      const { store, assets } = this.#options;
      const revision = number === undefined ? undefined : await revisionOf(store, number);
      const shadow = revision && load(documentsOf(revision), assets).policies;
      const which = revision === undefined ? {} : { revision: revision.number, hash: revision.hash };
      await store.append([{ type: 'policies.shadowed', facts: { ...which, author, note } }]);
      this.#shadow = shadow;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
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
      this.#tell(error);
      if (!this.#closed) this.#cancelRetry = this.#options.clock.after(AGAIN_MS, () => this.#changed());
    };
    this.#inTurn(() => {
      this.#reloadPlanned = false;
      return this.#closed ? Promise.resolve() : this.#reload();
    }).catch(again);
  }

  async #reload(): Promise<void> {
    const { source, assets } = this.#options;
    if (isStored(source)) return this.#follow();
    let loaded: LoadedPolicies;
    try {
      loaded = load(await source.load(), assets);
    } catch (error) {
      await this.#reject(source, error);
      throw error;
    }
    this.#rejected = undefined;
    if (loaded.policies.hash !== this.policies.hash)
      await this.#install(loaded, { author: source.name, note: 'the source changed' });
    this.#told = undefined;
  }

  /** Writes down what is wrong with the source, once for as long as it stays so. */
  async #reject({ name }: PolicySource, error: unknown): Promise<void> {
    const message = messageOf(error);
    if (message === this.#rejected) return;
    const facts = { source: name.slice(0, 1_000).toWellFormed(), message };
    await this.#options.store.append([{ type: 'policies.rejected', facts }]);
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
      this.#current = load(documentsOf(active.revision), assets);
    } catch (error) {
      this.#tell(error);
    }
  }

  async #install(loaded: LoadedPolicies, by: ChangedBy): Promise<void> {
    const { number } = await this.#save(loaded, by);
    const { source, mode } = this.#options;
    if (mode === 'enforce' || isStored(source))
      await this.#options.store.activateRevision({ number, author: by.author, note: by.note ?? '' });
    this.#current = loaded;
  }

  #save({ documents, policies }: LoadedPolicies, { author, note = '' }: ChangedBy): Promise<PolicyRevision> {
    const { store } = this.#options;
    return store.saveRevision({ hash: policies.hash, documents: JSON.stringify(documents), author, note });
  }
}

/** A saved revision. Throws OPTIONS_INVALID for a number that none has, and for what is no number. */
export async function revisionOf(store: Store, number: number): Promise<PolicyRevision> {
  const revision = Number.isSafeInteger(number) && number > 0 ? await store.revision(number) : undefined;
  if (revision === undefined) throw unknownRevision(number);
  return revision;
}

function unknownRevision(number: unknown): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `expected the number of a saved revision, got ${shown(number)}`);
}

/** The documents of a revision. */
export function documentsOf({ documents }: PolicyRevision): readonly unknown[] {
  const parsed = parseJson(documents);
  if (Array.isArray(parsed)) return parsed;
  throw new ToriiError('STORE_CORRUPT', 'expected a revision that holds a list of policies');
}

/** What the journal says of the policies at the start. */
export function namesOf(policies: CompiledPolicies): readonly string[] {
  return policies.references.map(policyName);
}

function load(documents: readonly unknown[], assets: AssetTable): LoadedPolicies {
  return { documents, policies: compilePolicies(documents, assets) };
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : 'the policies cannot be loaded';
  return message.slice(0, 1_000).toWellFormed();
}
