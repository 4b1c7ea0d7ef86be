/**
 * Chapter 2: client → buyer's Weir → cloud's Weir → maker. Clients hang up, each Weir is killed once, and afterwards the
 * three records agree attempt by attempt: reported usage to the token, all else listed as estimated or absent.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandboxWorker } from '../../src/providers/sandbox/start-worker.ts'
import type { Chapter, Stage } from '../chapter.ts'
import { ask } from '../talk.ts'
import { rested } from '../until.ts'
import { startWeir, type WeirProcess } from '../weir-process.ts'

const calls = 160
const width = 16

const secrets = { app: 'sk-weir-demo-application-key', buyer: 'sk-weir-demo-buyer-at-cloud', cloud: 'sk-demo-cloud-at-maker-0000' }

const cloudConfig = (maker: string): string => `
providers:
  maker: { type: sandbox, baseUrl: "${maker}", apiKey: "${secrets.cloud}", supplier: maker, maker: maker }
models:
  gpt-4.1: { deployments: [{ provider: maker, model: gpt-4.1 }] }
organizations:
  buyer: { projects: { resale: { keys: [{ name: buyer, secret: "${secrets.buyer}" }] } } }
`

const buyerConfig = (cloud: string): string => `
providers:
  cloud: { type: openai-compatible, prices: openai, baseUrl: "${cloud}/v1", apiKey: "${secrets.buyer}", supplier: cloud, maker: maker }
models:
  gpt-4.1: { deployments: [{ provider: cloud, model: gpt-4.1 }], retries: { attemptsMax: 2, backoffMs: 50 } }
organizations:
  buyer: { projects: { feed: { keys: [{ name: application, secret: "${secrets.app}" }] } } }
`

/** One side's record of one attempt. */
export interface Kept {
  /** The name under which the other side knows it. */
  readonly attempt: string
  readonly source: 'reported' | 'estimated' | 'absent'
  readonly billable: string
  readonly input: number | null
  readonly output: number | null
  /** The caller's name for it: `call/n` in the books of the Weir before. */
  readonly caller: string | undefined
}

function shoot(url: string, index: number, seen: { served: number; left: number; broken: number }): Promise<void> {
  const stream = index % 2 === 0
  const leaves = index % 10 < 3
  const body = JSON.stringify({ model: 'gpt-4.1', stream, max_tokens: 60, messages: [{ role: 'user', content: `Caption number ${index} for a photo of a river, please.` }] })
  return new Promise((resolve) => {
    const done = (what: 'served' | 'left' | 'broken') => (): void => {
      seen[what] += 1
      resolve()
    }
    const sent = request(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.app}`, 'content-length': Buffer.byteLength(body) } }, (response) => {
      if (leaves) {
        sent.destroy()
        return done('left')()
      }
      response.on('data', () => {}).on('end', done(response.statusCode === 200 ? 'served' : 'broken')).on('error', done('broken'))
    })
    sent.on('error', () => resolve())
    sent.end(body)
  })
}

interface Progress {
  next: number
  /** A Weir is being killed: nobody calls until it is back. */
  down: boolean
  readonly seen: { served: number; left: number; broken: number }
}

/** Calls up to number `to`, `width` at a time. Calls that a kill broke off are not retried here. */
async function traffic(url: () => string, to: number, progress: Progress): Promise<void> {
  await Promise.all(Array.from({ length: width }, async () => {
    while (progress.next < to && !progress.down) {
      const index = progress.next
      progress.next += 1
      await shoot(url(), index, progress.seen)
    }
  }))
}

interface AdminCall {
  readonly attempts: readonly {
    readonly n: number
    readonly source: Kept['source']
    readonly billable: string
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly records: { readonly attempt?: { readonly tags?: Readonly<Record<string, string>> } }
  }[]
}

/** All attempts in a Weir's books, by its admin API. */
export async function booksOf(weir: { readonly url: string }, token: string): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  let after: string | null = ''
  while (after !== null) {
    const page = (await ask(`${weir.url}/admin/v1/calls?limit=200${after === '' ? '' : `&after=${after}`}`, token)) as { readonly data: readonly { readonly call: string }[]; readonly next: string | null }
    for (const { call } of page.data) {
      const whole = (await ask(`${weir.url}/admin/v1/calls/${call}`, token)) as AdminCall
      for (const one of whole.attempts) kept.push({ attempt: `${call}/${one.n}`, source: one.source, billable: one.billable, input: one.input_tokens, output: one.output_tokens, caller: one.records.attempt?.tags?.['weir-attempt'] })
    }
    after = page.next
  }
  return kept
}

interface Compared {
  readonly equal: number
  readonly flagged: readonly string[]
}

/** Two neighbours' books: what both call reported must be equal; the rest must be flagged on the buyer's side. */
export function compare(name: string, buying: readonly Kept[], selling: readonly { readonly caller: string | undefined; readonly reported: boolean; readonly input: number | null; readonly output: number | null }[]): Compared {
  const bought = new Map(buying.map((kept) => [kept.attempt, kept]))
  const flagged: string[] = []
  let equal = 0
  for (const sold of selling) {
    const kept = sold.caller === undefined ? undefined : bought.get(sold.caller)
    assert.ok(kept !== undefined, `${name}: ${sold.caller} was sold, and is not in the buyer's books`)
    if (kept.source === 'reported') {
      assert.ok(sold.reported, `${name}: ${kept.attempt} is reported to the buyer and not in the seller's books`)
      assert.deepEqual([kept.input, kept.output], [sold.input, sold.output], `${name}: ${kept.attempt} differs`)
      equal += 1
    } else flagged.push(`${kept.attempt} ${kept.source}`)
  }
  const named = new Set(selling.map(({ caller }) => caller))
  for (const kept of buying) assert.ok(kept.source !== 'reported' || named.has(kept.attempt), `${name}: ${kept.attempt} is reported to the buyer and the seller has no record of it`)
  return { equal, flagged }
}

export const chapter: Chapter = {
  number: 2,
  title: 'three books',
  asks: 'Do buyer, cloud and maker have the same record?',
  run: async (stage) => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-chapter-'))
    const maker = await startSandboxWorker({ seed: 2, profile: { firstTokenMs: 5, perTokenMs: 1 } })
    const running: WeirProcess[] = []
    try {
      await tell(stage, folder, maker, running)
    } finally {
      await Promise.all(running.map((weir) => weir.kill()))
      await maker.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function tell({ say }: Stage, folder: string, maker: Awaited<ReturnType<typeof startSandboxWorker>>, running: WeirProcess[]): Promise<void> {
  const start = async (name: string, config: string, port?: number): Promise<WeirProcess> => {
    const weir = await startWeir({ data: join(folder, name), config, ...(port === undefined ? {} : { port }) })
    running.push(weir)
    return weir
  }
  let cloud = await start('cloud', cloudConfig(maker.url))
  let buyer = await start('buyer', buyerConfig(cloud.url))
  const tokens = { cloud: cloud.first?.adminToken ?? '', buyer: buyer.first?.adminToken ?? '' }
  const ports = { cloud: Number(new URL(cloud.url).port), buyer: Number(new URL(buyer.url).port) }
  say(`client → buyer's Weir ${buyer.url} → cloud's Weir ${cloud.url} → maker ${maker.url}`)
  const progress: Progress = { next: 0, down: false, seen: { served: 0, left: 0, broken: 0 } }
  const { seen } = progress
  const third = Math.floor(calls / 3)
  /** Half of a third of the calls come through; then it dies with the next ones in hand. */
  const killing = async (weir: WeirProcess): Promise<void> => {
    const before = seen.served + seen.left
    const shooting = traffic(() => buyer.url, progress.next + third, progress)
    while (seen.served + seen.left < before + third / 2) await new Promise((resolve) => setTimeout(resolve, 5))
    progress.down = true
    await weir.kill()
    await shooting
    progress.down = false
  }
  await killing(buyer)
  buyer = await start('buyer', buyerConfig(cloud.url), ports.buyer)
  say(`kill -9 of the buyer's Weir, and a new start on the same data`)
  await killing(cloud)
  cloud = await start('cloud', cloudConfig(maker.url), ports.cloud)
  say(`kill -9 of the cloud's Weir, and a new start on the same data`)
  // The buyer's breaker rests the cloud for some seconds after its failures: calls until one is served again.
  for (const probe = { served: 0, left: 0, broken: 0 }; probe.served === 0; await new Promise((resolve) => setTimeout(resolve, 250))) await shoot(buyer.url, 5, probe)
  await traffic(() => buyer.url, calls, progress)
  await rested(buyer.url, tokens.buyer)
  await rested(cloud.url, tokens.cloud)
  say(`${progress.next} calls: ${seen.served} served, ${seen.left} hung up at the headers, the others broke with a Weir`)
  const [books, sold, bill] = [await booksOf(buyer, tokens.buyer), await booksOf(cloud, tokens.cloud), await maker.bill()]
  const upper = compare('buyer and cloud', books, sold.filter((kept) => kept.caller !== undefined && kept.billable !== 'no').map((kept) => ({ caller: kept.caller, reported: kept.source === 'reported', input: kept.input, output: kept.output })))
  const lower = compare('cloud and maker', sold, makerSide(bill))
  const count = (kept: readonly Kept[], source: Kept['source']): number => kept.filter((one) => one.source === source).length
  say('')
  say('                    attempts   reported  estimated   absent')
  for (const [name, kept] of [["buyer's books", books], ["cloud's books", sold]] as const) say(`  ${name.padEnd(16)}${String(kept.length).padStart(10)}${String(count(kept, 'reported')).padStart(11)}${String(count(kept, 'estimated')).padStart(11)}${String(count(kept, 'absent')).padStart(9)}`)
  say(`  maker's bill    ${String(bill.entries.length).padStart(10)}`)
  say('')
  say(`buyer = cloud:  ${upper.equal} attempts equal to the token, ${upper.flagged.length} flagged as estimated or absent`)
  say(`cloud = maker:  ${lower.equal} attempts equal to the token, ${lower.flagged.length} flagged as estimated or absent`)
  assert.ok(upper.equal > calls / 4 && lower.equal > calls / 4, 'too few calls went through for the chapter to show anything')
}

/** The maker's own bill in the terms of the comparison. */
function makerSide(bill: Awaited<ReturnType<Awaited<ReturnType<typeof startSandboxWorker>>['bill']>>): Parameters<typeof compare>[2] {
  const sum = (quantities: Readonly<Record<string, number>>, classes: readonly string[]): number => classes.reduce((total, name) => total + (quantities[name] ?? 0), 0)
  return bill.entries.map(({ attempt, quantities }) => ({ caller: attempt ?? undefined, reported: true, input: sum(quantities, ['input', 'cached_input', 'cache_write']), output: sum(quantities, ['output', 'reasoning']) }))
}
