import { ToriiError } from '../nouns/errors.ts';
import { shown } from '../nouns/wording.ts';
import { type Address, liesIn, type Range, readAddress, readRange } from './addresses.ts';

const ENTRY = /^(?<host>\[[^\]]+\]|[^:/?#@*%\\\s[\]]+)(?::(?<port>[0-9]{1,5}))?$/;
const EXPECTED =
  'expected a host such as `localhost`, `localhost:8080` or `127.0.0.1`, or a range such as `10.0.0.0/8`';

/** What may be reached although it is not public, or not at the usual port, or not with TLS. */
export interface AllowList {
  /** Whether an entry names this host: then whatever its name resolves to is allowed. */
  names(host: string, port: number): boolean;

  /** Whether an entry covers this address. */
  covers(address: Address, port: number): boolean;

  /** Whether any entry is a range: then a name has to be resolved to know. */
  readonly hasRanges: boolean;
}

interface Named {
  readonly host: string;

  /** Undefined for every port. */
  readonly port: number | undefined;
}

interface Covered {
  readonly range: Range;
  readonly port: number | undefined;
}

/** Reads the entries of `egress.allow`. Throws OPTIONS_INVALID for one that is neither a host nor a range. */
export function allowListOf(entries: readonly string[]): AllowList {
  const read = entries.map(readEntry);
  const named = read.filter((entry): entry is Named => 'host' in entry);
  const covered = read.filter((entry): entry is Covered => 'range' in entry);
  const isAt = (entry: { readonly port: number | undefined }, port: number): boolean =>
    entry.port === undefined || entry.port === port;
  return {
    names: (host, port) => named.some((entry) => entry.host === host && isAt(entry, port)),
    covers: (address, port) => covered.some((entry) => isAt(entry, port) && liesIn(address, entry.range)),
    hasRanges: entries.some((entry) => entry.includes('/')),
  };
}

function readEntry(entry: unknown, index: number): Named | Covered {
  if (typeof entry === 'string') {
    const range = readRange(entry);
    if (range !== undefined) return { range, port: undefined };
    const { host, port } = ENTRY.exec(entry)?.groups ?? {};
    const name = host === undefined ? undefined : hostOf(`http://${host}`);
    const number = port === undefined ? undefined : Number(port);
    if (name !== undefined && (number ?? 1) >= 1 && (number ?? 1) <= 65_535) {
      const address = readAddress(name);
      return address === undefined
        ? { host: name, port: number }
        : { range: [address, address.kind() === 'ipv4' ? 32 : 128], port: number };
    }
  }
  throw new ToriiError('OPTIONS_INVALID', `\`egress.allow.${index}\`: ${EXPECTED}, got ${shown(entry)}`);
}

/** The host of a URL, without the brackets of an IPv6 address; undefined for what is no URL. */
export function hostOf(url: string | URL): string | undefined {
  if (typeof url === 'string' && !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
