import { type Effect, effects, strictest } from '../nouns/effect.ts';

/** Words in the names of tools that tell what they do. A default for tools that nobody classified, not a boundary. */
const KEYWORDS: Readonly<Record<Effect, readonly string[]>> = {
  read: ['get', 'list', 'read', 'describe', 'search', 'view', 'fetch', 'query', 'head'],
  mutating: [
    'write',
    'update',
    'create',
    'execute',
    'invoke',
    'modify',
    'send',
    'put',
    'post',
    'commit',
    'push',
    'deploy',
  ],
  destructive: ['delete', 'drop', 'destroy', 'purge', 'terminate', 'remove', 'truncate'],
  admin: ['admin', 'transfer_ownership', 'revoke', 'escalate', 'grant', 'impersonate'],
};

/** More words that act, or that join another doing to a reading one. */
const ACTING: Readonly<Record<'mutating' | 'destructive', readonly string[]>> = {
  mutating: [
    'add',
    'and',
    'book',
    'buy',
    'cancel',
    'charge',
    'edit',
    'insert',
    'move',
    'order',
    'pay',
    'purchase',
    'refund',
    'rename',
    'run',
    'save',
    'sell',
    'set',
    'sign',
    'start',
    'stop',
    'submit',
    'then',
    'trade',
    'transfer',
    'upload',
    'withdraw',
  ],
  destructive: ['clear', 'erase', 'kill', 'reset', 'wipe'],
};

const BY_WORD = new Map<string, Effect>([
  ...effects.flatMap((effect) => KEYWORDS[effect].map((word) => [word, effect] as const)),
  ...ACTING.mutating.map((word) => [word, 'mutating'] as const),
  ...ACTING.destructive.map((word) => [word, 'destructive'] as const),
]);

/** Most names whose effect is remembered: they come from models, who may invent any number. */
const REMEMBERED = 4_096;
const known = new Map<string, Effect>();

/**
 * What a tool does by the words of its name after the last slash: the strictest of those that tell, `mutating` where
 * none does. `web_search` is `read`, `search_and_buy` is `mutating`, `get_and_delete` is `destructive`.
 */
export function effectOf(tool: string): Effect {
  const remembered = known.get(tool);
  if (remembered !== undefined) return remembered;
  const effect = effectOfWords(wordsOf(tool.slice(tool.lastIndexOf('/') + 1)));
  if (known.size >= REMEMBERED) known.clear();
  known.set(tool, effect);
  return effect;
}

/** One tier further; what is `admin` already stays so. */
export function raised(effect: Effect): Effect {
  return effects[effects.indexOf(effect) + 1] ?? 'admin';
}

function effectOfWords(words: readonly string[]): Effect {
  const pairs = words.slice(1).map((word, index) => `${words[index]}_${word}`);
  const found = [...words, ...pairs].flatMap((word) => BY_WORD.get(word) ?? []);
  return found.length === 0 ? 'mutating' : found.reduce(strictest);
}

/** The words of `transferOwnership`, `HTTPGet`, `get-page` and `delete_all2`, in lower case. */
function wordsOf(name: string): readonly string[] {
  const apart = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return apart
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
