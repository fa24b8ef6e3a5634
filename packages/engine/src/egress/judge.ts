import { type Address, isPublic, readAddress } from './addresses.ts';
import { type AllowList, hostOf } from './allow-list.ts';

const PORTS: ReadonlySet<number> = new Set([443, 8443]);
const LOCAL = /(?:^|\.)localhost\.?$/;

export const NOT_PUBLIC = 'the address is not public';

/** Where a connection goes. */
export interface Place {
  readonly secure: boolean;

  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A URL that may be asked, as far as that can be known before its name is resolved. */
export interface Target extends Place {
  readonly url: URL;
}

/** Whether a connection to `place` may go to this address. */
export function permits(allow: AllowList, place: Place, address: Address): boolean {
  const { host, port } = place;
  if (allow.names(host, port) || allow.covers(address, port)) return true;
  return isUsual(place) && isPublic(address);
}

/** The target of a URL, or why it is refused: short, and without the URL, which may hold a token. */
export function judge(text: string, allow: AllowList): Target | { readonly reason: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = hostOf(text);
  if (url === undefined || host === undefined) return { reason: 'expected a URL' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { reason: 'expected an `https:` URL' };
  if (url.username !== '' || url.password !== '')
    return { reason: 'expected a URL without user name and password' };
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const target = { url, secure, host, port };
  const reason = refusalOf(target, allow);
  return reason === undefined ? target : { reason };
}

function refusalOf(place: Place, allow: AllowList): string | undefined {
  const address = readAddress(place.host);
  if (address !== undefined) {
    if (permits(allow, place, address)) return undefined;
    return isPublic(address) ? unusual(place) : NOT_PUBLIC;
  }
  if (allow.names(place.host, place.port) || allow.hasRanges) return undefined;
  if (LOCAL.test(place.host)) return NOT_PUBLIC;
  return isUsual(place) ? undefined : unusual(place);
}

function isUsual({ secure, port }: Place): boolean {
  return secure && PORTS.has(port);
}

function unusual({ secure }: Place): string {
  return secure ? 'expected port 443 or 8443' : 'expected an `https:` URL';
}
