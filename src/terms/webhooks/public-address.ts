/**
 * Where webhooks may go. An endpoint's address is chosen by whoever may register one, and requests leave from inside our
 * network: without a check they would reach what only we should reach (server-side request forgery). So: https, no
 * credentials in the URL, and every address that the name resolves to, at the very connection, has to be a public one. An
 * operator may name hosts that are exempt.
 */
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { BlockList, isIP } from 'node:net'
import { Agent } from 'undici'

/** IANA special-purpose registries for IPv4 and IPv6, what is not globally reachable (read 2026-11-28). */
const closed = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24],
  ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) closed.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [['::', 128], ['::1', 128], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['ff00::', 8]] as const) closed.addSubnet(network, prefix, 'ipv6')

/** Whether an address can be reached from anywhere. An IPv4 address inside an IPv6 one is judged as what it is. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  const family = isIP(plain)
  if (family === 0) return false
  return !closed.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** What is wrong with an endpoint's URL; undefined: nothing that can be seen before it is resolved. `exempt` are hosts that the operator trusts. */
export function addressFault(text: string, exempt: ReadonlySet<string>): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return 'that is not a URL'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.username !== '' || url.password !== '') return 'leave credentials out of the URL: messages are signed'
  if (exempt.has(host)) return ['http:', 'https:'].includes(url.protocol) ? undefined : 'use https'
  if (url.protocol !== 'https:') return 'use https: others could read and change the messages otherwise'
  if (isIP(host) !== 0 && !isPublicAddress(host)) return `${host} is not a public address: name it under webhooks.privateHosts in weir.yaml if it is meant`
  return undefined
}

/** Resolves a name for a connection, and fails where any of its addresses is not public. Judged here, a name cannot change its mind between check and use. */
export const publicLookup = (exempt: ReadonlySet<string>): LookupFunction => (host, options, done) => {
  lookup(host, { ...options, all: true }, (cause, found) => {
    if (cause !== null) return done(cause, '', 0)
    const wrong = exempt.has(host) ? undefined : found.find(({ address }) => !isPublicAddress(address))
    if (wrong !== undefined) return done(Object.assign(new Error(`${host} leads to ${wrong.address}, which is not a public address`), { code: 'ENOTPUBLIC' }), '', 0)
    if (options.all === true) return done(null, found)
    const [first] = found
    if (first === undefined) return done(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '', 0)
    done(null, first.address, first.family)
  })
}

/** Connections that reach public addresses only, and exempt hosts. Whoever makes it closes it. */
export const publicAgent = (exempt: ReadonlySet<string>, timeoutMs: number): Agent =>
  new Agent({ connect: { timeout: timeoutMs, lookup: publicLookup(exempt) }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
