/** Bills that come as JSON: OpenAI's costs and usage pages, the sandbox's bill, another Weir's usage by the day. */
import { z } from 'zod'
import { type Decimal, decimal, multiply, parseDecimal } from '../../kernel/decimal.ts'
import { addDays, dayOf, isDay } from '../contracts/calendar.ts'
import { type Bill, type BillFault, type BillRow, coveredBy, faultsMax, meterOf, type Parsed, undated } from './bill.ts'

/** Numbers as the text had them, so that an amount never passes through a float. */
export function parseExactJson(text: string): { readonly value: unknown } | { readonly reason: string } {
  try {
    const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => typeof value === 'number' && context?.source !== undefined ? { exact: context.source } : value
    return { value: JSON.parse(text, reviver as (key: string, value: unknown) => unknown) }
  } catch (cause) {
    if (cause instanceof SyntaxError) return { reason: cause.message }
    throw cause
  }
}

const exact = z.object({ exact: z.string() }).transform((item, context): Decimal => {
  const value = parseDecimal(item.exact)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: 'is not a number' })
  return z.NEVER
})
const count = exact.optional().nullable()
const seconds = z.object({ exact: z.string().regex(/^\d{1,12}$/, 'is not a time in seconds') }).transform((item) => Number(item.exact))
const name = z.string().nullable().optional()

function faultsOf(error: z.ZodError): readonly BillFault[] {
  return error.issues.slice(0, faultsMax).map((issue) => {
    const row = issue.path.find((part) => typeof part === 'number')
    return { row: typeof row === 'number' ? row + 1 : 0, column: issue.path.filter((part) => part !== 'exact').join('.'), reason: issue.message }
  })
}

function bill(format: Bill['format'], currency: string, rows: readonly BillRow[], period?: { readonly from: string; readonly until: string }): Parsed {
  const other = rows.find((row) => row.currency !== currency)
  if (other !== undefined) return { faults: [{ row: other.n, column: 'currency', reason: `the bill mixes ${currency} and ${other.currency}: split it` }] }
  const covered = period ?? coveredBy(rows, (day) => addDays(day, 1))
  if (covered === undefined) return { faults: [{ row: 0, column: '', reason: 'the bill has no row' }] }
  return { bill: { format, currency, ...covered, rows } }
}

const bucket = <T extends z.ZodType>(result: T) => z.object({ data: z.array(z.object({ start_time: seconds, end_time: seconds, results: z.array(result) })), has_more: z.boolean().optional() })
const morePages: Parsed = { faults: [{ row: 0, column: 'has_more', reason: 'the page is not the last: fetch the rest and give the pages’ data in one document' }] }

/** A period of buckets, so that days without usage count as covered. */
const bucketPeriod = (data: readonly { readonly start_time: number; readonly end_time: number }[]): { from: string; until: string } | undefined => {
  const [first, last] = [data[0], data.at(-1)]
  return first === undefined || last === undefined ? undefined : { from: dayOf(first.start_time * 1000), until: dayOf(last.end_time * 1000 - 1 + 86_400_000) }
}

const costsPage = bucket(z.object({ amount: z.object({ value: exact, currency: z.string() }), line_item: name, quantity: count, quantity_unit: name }))

/** GET /v1/organization/costs, grouped by line item: `gpt-4.1-2025-04-14, cached input`. */
function parseCosts(value: unknown): Parsed {
  const page = costsPage.safeParse(value)
  if (!page.success) return { faults: faultsOf(page.error) }
  if (page.data.has_more === true) return morePages
  const rows: BillRow[] = []
  for (const { start_time: start, results } of page.data.data) {
    for (const { amount, line_item: item, quantity, quantity_unit: unit } of results) {
      const [model, ...words] = (item ?? '').split(',').map((part) => part.trim())
      const meter = meterOf(words.join(' '))
      const factor = unit === '1000_tokens' ? decimal(1_000) : decimal(1)
      rows.push({
        n: rows.length + 1, day: dayOf(start * 1000), currency: amount.currency.toUpperCase(), amount: amount.value, description: item ?? 'costs',
        ...(model === undefined || model === '' ? {} : { model: undated(model) }), ...(meter === undefined ? {} : { meter }), ...(quantity === undefined || quantity === null ? {} : { quantity: multiply(quantity, factor) }),
      })
    }
  }
  return bill('openai-costs', rows[0]?.currency ?? 'USD', rows, bucketPeriod(page.data.data))
}

const usagePage = bucket(z.object({ model: name, service_tier: name, input_tokens: count, input_cached_tokens: count, input_cache_write_tokens: count, output_tokens: count, input_audio_tokens: count, output_audio_tokens: count, num_model_requests: count }))

/** GET /v1/organization/usage/completions, grouped by model: quantities without money. */
function parseUsage(value: unknown): Parsed {
  const page = usagePage.safeParse(value)
  if (!page.success) return { faults: faultsOf(page.error) }
  if (page.data.has_more === true) return morePages
  const rows: BillRow[] = []
  for (const { start_time: start, results } of page.data.data) {
    for (const result of results) {
      const of = (item: Decimal | null | undefined): bigint => item === null || item === undefined ? 0n : item.coefficient / 10n ** BigInt(item.scale)
      const cached = of(result.input_cached_tokens)
      const written = of(result.input_cache_write_tokens)
      const audio = of(result.input_audio_tokens)
      const audioOut = of(result.output_audio_tokens)
      const quantities = { input: of(result.input_tokens) - cached - written - audio, cached_input: cached, cache_write: written, audio_input: audio, output: of(result.output_tokens) - audioOut, audio_output: audioOut }
      for (const [meter, quantity] of Object.entries(quantities)) {
        if (quantity === 0n) continue
        rows.push({ n: rows.length + 1, day: dayOf(start * 1000), currency: 'USD', meter, quantity: decimal(quantity), description: `${result.model ?? 'all models'} ${meter}`, ...(result.model === null || result.model === undefined ? {} : { model: undated(result.model) }) })
      }
    }
  }
  return bill('openai-usage', 'USD', rows, bucketPeriod(page.data.data))
}

const sandboxBill = z.object({
  currency: z.string().regex(/^[A-Z]{3}$/), more: z.boolean().optional(), folded: exact.optional(),
  entries: z.array(z.object({
    id: z.string(), attempt: z.string().nullable(), model: z.string(), at: z.string(), tier: z.string(), outcome: z.string(), currency: z.string(),
    quantities: z.record(z.string(), exact), unitPrices: z.record(z.string(), z.string()),
  })),
})

/** GET /_sandbox/bill: one entry a request, with the attempt's name where the caller sent one. */
function parseSandbox(value: unknown): Parsed {
  const read = sandboxBill.safeParse(value)
  if (!read.success) return { faults: faultsOf(read.error) }
  if (read.data.more === true) return morePages
  const rows: BillRow[] = []
  for (const [index, entry] of read.data.entries.entries()) {
    const at = Date.parse(entry.at)
    if (Number.isNaN(at)) return { faults: [{ row: index + 1, column: 'at', reason: `${JSON.stringify(entry.at)} is not a time` }] }
    for (const [meter, quantity] of Object.entries(entry.quantities)) {
      const price = entry.unitPrices[meter]
      const unit = price === undefined ? undefined : parseDecimal(price)
      if (price !== undefined && unit === undefined) return { faults: [{ row: index + 1, column: `unitPrices.${meter}`, reason: `${JSON.stringify(price)} is not a number` }] }
      rows.push({
        n: index + 1, day: dayOf(at), model: undated(entry.model), meter, tier: entry.tier, quantity, currency: entry.currency, description: `${entry.id} ${entry.outcome}`,
        ...(entry.attempt === null ? {} : { attempt: entry.attempt }), ...(unit === undefined ? {} : { amount: multiply(quantity, unit) }),
      })
    }
  }
  return bill('sandbox', read.data.currency, rows)
}

const weirUsage = z.strictObject({
  format: z.literal('weir-usage/1'), from: z.string().refine(isDay, 'is not a day'), until: z.string().refine(isDay, 'is not a day'), currency: z.string().regex(/^[A-Z]{3}$/),
  rows: z.array(z.strictObject({
    day: z.string().refine(isDay, 'is not a day'), deployment: z.string(), model: z.string(), meter: z.string(), tier: z.string(),
    quantity: z.string().refine((text) => parseDecimal(text) !== undefined, 'is not a number'), amount: z.string().refine((text) => parseDecimal(text) !== undefined, 'is not a number'),
  })),
})

export type WeirUsage = z.infer<typeof weirUsage>

/** What another Weir sold us, as it exports it: see `usageForCustomer`. */
function parseWeir(value: unknown): Parsed {
  const read = weirUsage.safeParse(value)
  if (!read.success) return { faults: faultsOf(read.error) }
  const { currency, from, until } = read.data
  return bill('weir-usage', currency, read.data.rows.map((row, index) => ({ n: index + 1, day: row.day, model: undated(row.model), meter: row.meter, tier: row.tier, quantity: decimal(row.quantity), amount: decimal(row.amount), currency, description: `${row.deployment} ${row.meter}` })), { from, until })
}

const shape = z.looseObject({ format: z.string().optional(), entries: z.array(z.unknown()).optional(), data: z.array(z.looseObject({ results: z.array(z.looseObject({ object: z.string().optional(), amount: z.unknown().optional() })).optional() })).optional() })

/** Tells the form from the document itself. */
export function parseJsonBill(text: string): Parsed {
  const parsed = parseExactJson(text)
  if ('reason' in parsed) return { faults: [{ row: 0, column: '', reason: `not JSON: ${parsed.reason}` }] }
  const seen = shape.safeParse(parsed.value)
  if (!seen.success) return { faults: [{ row: 0, column: '', reason: 'neither a costs or usage page, nor a sandbox bill, nor a Weir’s usage' }] }
  if (seen.data.format !== undefined) return parseWeir(parsed.value)
  if (seen.data.entries !== undefined) return parseSandbox(parsed.value)
  const results = (seen.data.data ?? []).flatMap((item) => item.results ?? [])
  return results.some((result) => result.amount !== undefined || result.object === 'organization.costs.result') ? parseCosts(parsed.value) : parseUsage(parsed.value)
}
