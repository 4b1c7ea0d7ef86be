/**
 * The supplier's own bill: what the sandbox believes it delivered and what it asks for it. It shares neither code nor price
 * list with the ledger, so that the two can be compared. Details are kept for the newest requests; totals for all.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { add, decimal, formatDecimal, multiply, zero, type Decimal } from '../../kernel/decimal.ts'
import { isoTime } from '../../kernel/clock.ts'
import ownPrices from './prices.json' with { type: 'json' }

/** Price of one unit (one token, one image, one second) as exact decimal text; undefined where there is none. */
export type SandboxPrices = (model: string, meter: string) => string | undefined

const perMillion: Decimal = { coefficient: 1n, scale: 6 }
const byToken: Readonly<Record<string, Readonly<Record<string, string>>>> = ownPrices.models
const byUnit: Readonly<Record<string, Readonly<Record<string, string>>>> = ownPrices.perUnit

/** Names with a date at the end are sold at the price of the name without it. */
const undated = (model: string): string => model.replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '')

/** The sandbox's own price list. Reasoning, cached and written tokens cost as output and input where they have no price. */
export const listPrices: SandboxPrices = (model, meter) => {
  const units = byUnit[undated(model)]?.[meter]
  if (units !== undefined) return units
  const prices = byToken[undated(model)]
  const text = prices?.[meter] ?? (meter === 'reasoning' ? prices?.['output'] : /^(cached_input|cache_write|cache_write_long|audio_input|image_input)$/.test(meter) ? prices?.['input'] : undefined)
  return text === undefined ? undefined : formatDecimal(multiply(decimal(text), perMillion))
}

/** Models that the list knows, for `/v1/models`. */
export const listedModels: readonly string[] = [...Object.keys(byToken), ...Object.keys(byUnit)]

export interface BillEntry {
  readonly id: string
  /** Value of the answer's request id header. */
  readonly request: string
  /** The caller's own name of the attempt, from `x-weir-attempt`, where it sent one. */
  readonly attempt: string | null
  readonly account: string
  readonly model: string
  readonly operation: string
  readonly stream: boolean
  /** RFC 3339. */
  readonly at: string
  readonly tier: string
  /** Disjoint classes: input, cached_input, cache_write, output, reasoning, image, audio_second… */
  readonly quantities: Readonly<Record<string, number>>
  /** Whether the answer carried its usage. */
  readonly usageSent: boolean
  /** Price of one unit per class; a class without a price is left out and makes the cost null. */
  readonly unitPrices: Readonly<Record<string, string>>
  readonly cost: string | null
  readonly currency: string
  readonly outcome: 'delivered' | 'broken' | 'cancelled'
}

export interface BillTotal {
  readonly account: string
  readonly model: string
  readonly operation: string
  readonly requests: number
  readonly broken: number
  readonly quantities: Readonly<Record<string, number>>
  /** Of the priced requests. */
  readonly cost: string
  readonly unpriced: number
}

export interface Bill {
  readonly currency: string
  readonly totals: readonly BillTotal[]
  /** Newest last. */
  readonly entries: readonly BillEntry[]
  /** Requests that are in the totals only. */
  readonly folded: number
}

export type BillDraft = Omit<BillEntry, 'unitPrices' | 'cost' | 'currency' | 'at'> & { readonly atMs: number }

export interface BillBook {
  readonly enter: (draft: BillDraft) => BillEntry
  /** The connection broke after the entry was made: the work stays billed. */
  readonly broke: (entry: BillEntry) => void
  /** After this nothing is written to the file. */
  readonly close: () => void
  readonly read: (filter?: { readonly account?: string | undefined; readonly after?: string | undefined; readonly limit?: number | undefined }) => Bill & { readonly more: boolean }
}

interface Total { requests: number; broken: number; unpriced: number; cost: Decimal; quantities: Record<string, number> }

const entriesKept = 100_000

export function openBill(options: { readonly prices: SandboxPrices; readonly file?: string | undefined }): BillBook {
  const entries = new Map<string, BillEntry>()
  const totals = new Map<string, Total>()
  let folded = 0
  // Entries of earlier runs are read before the file is opened to append.
  const earlier = options.file === undefined ? [] : [...readEntries(options.file)]
  let descriptor = options.file === undefined ? undefined : openSync(options.file, 'a')

  const totalOf = (entry: BillEntry): Total => {
    const key = JSON.stringify([entry.account, entry.model, entry.operation])
    let total = totals.get(key)
    if (total === undefined) totals.set(key, (total = { requests: 0, broken: 0, unpriced: 0, cost: zero, quantities: {} }))
    return total
  }
  const take = (entry: BillEntry): void => {
    const total = totalOf(entry)
    total.requests += 1
    if (entry.outcome === 'broken') total.broken += 1
    if (entry.cost === null) total.unpriced += 1
    else total.cost = add(total.cost, decimal(entry.cost))
    for (const [meter, quantity] of Object.entries(entry.quantities)) total.quantities[meter] = (total.quantities[meter] ?? 0) + quantity
    entries.set(entry.id, entry)
    if (entries.size <= entriesKept) return
    const [oldest] = entries.keys()
    if (oldest !== undefined) entries.delete(oldest)
    folded += 1
  }
  const write = (entry: BillEntry): void => {
    if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(entry)}\n`)
  }
  const broke = (entry: BillEntry): void => {
    const now: BillEntry = { ...entry, outcome: 'broken' }
    totalOf(entry).broken += 1
    if (entries.has(entry.id)) entries.set(entry.id, now)
    write(now)
  }

  for (const entry of earlier) take(entry)
  return {
    enter: (draft) => {
      // A sandbox that was started again on its file draws the same ids from the same seed: each is another request.
      const entry = priced(entries.has(draft.id) ? { ...draft, id: `${draft.id}_${entries.size + folded}` } : draft, options.prices)
      take(entry)
      write(entry)
      return entry
    },
    broke,
    close: () => {
      if (descriptor === undefined) return
      closeSync(descriptor)
      descriptor = undefined
    },
    read: (filter = {}) => {
      const matching = [...entries.values()].filter((entry) => filter.account === undefined || entry.account === filter.account)
      const from = filter.after === undefined ? 0 : matching.findIndex((entry) => entry.id === filter.after) + 1
      const page = matching.slice(from, from + (filter.limit ?? matching.length))
      return { currency: ownPrices.currency, totals: totalLines(totals, filter.account), entries: page, folded, more: from + page.length < matching.length }
    },
  }
}

function priced({ atMs, ...draft }: BillDraft, prices: SandboxPrices): BillEntry {
  const unitPrices: Record<string, string> = {}
  let cost: Decimal | undefined = zero
  for (const [meter, quantity] of Object.entries(draft.quantities)) {
    const price = prices(draft.model, meter)
    if (price !== undefined) unitPrices[meter] = price
    cost = price === undefined || cost === undefined ? undefined : add(cost, multiply(decimal(price), decimal(String(quantity))))
  }
  return { ...draft, at: isoTime(atMs), unitPrices, cost: cost === undefined ? null : formatDecimal(cost), currency: ownPrices.currency }
}

function totalLines(totals: ReadonlyMap<string, Total>, account: string | undefined): BillTotal[] {
  return [...totals].map(([key, total]) => {
    const [owner = '', model = '', operation = ''] = JSON.parse(key) as string[]
    return { account: owner, model, operation, requests: total.requests, broken: total.broken, quantities: total.quantities, cost: formatDecimal(total.cost), unpriced: total.unpriced }
  }).filter((line) => account === undefined || line.account === account)
}

/** Entries of an earlier run; a later line about the same id replaces the earlier, and a torn last line is left out. */
function readEntries(file: string): Iterable<BillEntry> {
  const found = new Map<string, BillEntry>()
  if (!existsSync(file)) return []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const entry = line === '' ? undefined : parseEntry(line)
    if (entry !== undefined) found.set(entry.id, entry)
  }
  return found.values()
}

function parseEntry(line: string): BillEntry | undefined {
  try {
    return JSON.parse(line) as BillEntry
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

/** One line per request and class: id,request,attempt,at,account,model,operation,tier,meter,quantity,unit_price,cost,currency,outcome. */
export function billCsv(bill: Pick<Bill, 'entries'>): string {
  const lines = ['id,request,attempt,at,account,model,operation,tier,meter,quantity,unit_price,cost,currency,outcome']
  for (const entry of bill.entries) {
    for (const [meter, quantity] of Object.entries(entry.quantities)) {
      const price = entry.unitPrices[meter]
      const cost = price === undefined ? '' : formatDecimal(multiply(decimal(price), decimal(String(quantity))))
      lines.push([entry.id, entry.request, entry.attempt ?? '', entry.at, entry.account, entry.model, entry.operation, entry.tier, meter, quantity, price ?? '', cost, entry.currency, entry.outcome].map(csvField).join(','))
    }
  }
  return `${lines.join('\r\n')}\r\n`
}

const csvField = (value: string | number): string => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value))
