/** Preloaded into a server that would listen on all interfaces: it listens on loopback alone. */
import { Server } from 'node:net'

type Listen = (this: Server, ...args: readonly unknown[]) => Server

// Called with the server it belongs to, below.
// oxlint-disable-next-line typescript/unbound-method
const listen = Server.prototype.listen as Listen
Server.prototype.listen = function (this: Server, ...args: readonly unknown[]): Server {
  const [first] = args
  const port = typeof first === 'object' && first !== null ? (first as { port?: number }).port : Number(first)
  return listen.call(this, { port, host: '127.0.0.1', backlog: 4_096 }, args.findLast((arg) => typeof arg === 'function'))
} as Server['listen']
