import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** What this process connects to. Nothing leaves the machine while somebody watches. */
export interface Wires {
  readonly inside: readonly string[];
  readonly outside: readonly string[];

  /** Answers for these names, each look-up with the next answer. Answers how to stop that. */
  lie(names: Readonly<Record<string, readonly (readonly string[])[]>>): () => void;

  /** Connections to public addresses lead to this port of this machine instead. */
  divert(port: number | undefined): void;
  restore(): void;
}

type Connect = typeof net.Socket.prototype.connect;

/** Watches every connection of this process from now on. */
export function watchWires(): Wires {
  const real = { connect: Reflect.get(net.Socket.prototype, 'connect'), lookup: dns.lookup };
  const [inside, outside]: [string[], string[]] = [[], []];
  let diverted: number | undefined;
  const watching = function (this: net.Socket, ...parameters: readonly unknown[]): net.Socket {
    const place = placeIn(parameters);
    if (place.port === canaryPortOf(place))
      return Reflect.apply(real.connect, this, parameters) as net.Socket;
    addressesOf(place, (addresses) => {
      for (const address of addresses) (isInside(address) ? inside : outside).push(address);
      if (diverted === undefined) this.destroy(new Error('nothing leaves this machine'));
      else Reflect.apply(real.connect, this, [diverted, '127.0.0.1']);
    });
    return this;
  };
  /** What is sent there on purpose, at the end. */
  const canaryPortOf = ({ host, port }: Place): number | undefined =>
    host === '127.0.0.1' && port !== 443 && port !== 8_443 ? port : undefined;
  net.Socket.prototype.connect = watching as Connect;
  return {
    inside,
    outside,
    lie(names) {
      const asked = new Map<string, number>();
      const liar = async (host: string): Promise<readonly { address: string; family: number }[]> => {
        const answers = names[host] ?? [];
        const times = asked.get(host) ?? 0;
        asked.set(host, times + 1);
        const answer = answers[Math.min(times, answers.length - 1)] ?? [];
        return answer.map((address) => ({ address, family: net.isIP(address) }));
      };
      dns.lookup = liar as unknown as typeof dns.lookup;
      syncBuiltinESMExports();
      return () => {
        dns.lookup = real.lookup;
        syncBuiltinESMExports();
      };
    },
    divert: (port) => void (diverted = port),
    restore() {
      net.Socket.prototype.connect = real.connect;
      dns.lookup = real.lookup;
      syncBuiltinESMExports();
    },
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly lookup: net.LookupFunction | undefined;
}

function placeIn([first]: readonly unknown[]): Place {
  const options = (Array.isArray(first) ? first[0] : first) as net.TcpNetConnectOpts;
  return { host: options.host ?? 'localhost', port: options.port, lookup: options.lookup };
}

/** Asks what the connection would ask. */
function addressesOf({ host, lookup }: Place, told: (addresses: readonly string[]) => void): void {
  if (net.isIP(host) !== 0 || lookup === undefined) return process.nextTick(told, [host]);
  lookup(host, { all: true }, (_error, found) =>
    told(typeof found === 'string' ? [found] : found.map(({ address }) => address)),
  );
}

const ranges = new net.BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  ranges.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  ranges.addSubnet(address, bits, 'ipv6');

/** Judged by other means than the engine's own. What is no address at all counts as inside. */
function isInside(address: string): boolean {
  const family = net.isIP(address);
  return family === 0 || ranges.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
