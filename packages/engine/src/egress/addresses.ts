import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses. */
export type Range = readonly [Address, number];

/** All of IPv6 that is given to anybody; what only carries an IPv4 address, such as `::/96`, lies outside. */
const GLOBAL: Range = ipaddr.parseCIDR('2000::/3');

/**
 * An address as name servers and sockets write it, or undefined for any other text. An IPv4 address in the clothes of
 * IPv6 is read as what it is.
 */
export function readAddress(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text);
}

/** A range such as `10.0.0.0/8`; a single address is a range of one. Undefined for any other text. */
export function readRange(text: string): Range | undefined {
  const [base = '', bits, ...rest] = text.split('/');
  const address = readAddress(base);
  if (address === undefined || rest.length > 0) return undefined;
  const longest = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, longest];
  if (!/^[0-9]{1,3}$/.test(bits) || Number(bits) > longest) return undefined;
  return [address, Number(bits)];
}

/** Whether an address lies in a range. Those of IPv4 never lie in one of IPv6. */
export function liesIn(address: Address, [base, bits]: Range): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}

/** Whether anybody on the internet may have this address: it is not private, local, reserved, or a way to one that is. */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || liesIn(address, GLOBAL);
}
