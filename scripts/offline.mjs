// Preloaded into examples: a connection that would leave this machine fails at once, and no real model is asked.
import dns from 'node:dns';
import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';

delete process.env.OPENAI_API_KEY;

const local = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', '']);
const sockets = net.Socket.prototype;
const connect = Reflect.get(sockets, 'connect');
const lookup = dns.lookup;

sockets.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const host =
    typeof first === 'object' && first !== null
      ? (first.host ?? '')
      : typeof args[1] === 'string'
        ? args[1]
        : '';
  if (!local.has(host)) {
    process.nextTick(() =>
      this.destroy(new Error(`examples run offline, and this one asked for \`${host}\``)),
    );
    return this;
  }
  return connect.apply(this, args);
};

dns.lookup = function (host, ...rest) {
  if (local.has(host)) return lookup(host, ...rest);
  const done = rest.at(-1);
  return done(new Error(`examples run offline, and this one asked for \`${host}\``));
};

syncBuiltinESMExports();
