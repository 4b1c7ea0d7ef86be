/** Bills that come as JSON: OpenAI's costs and usage pages, the sandbox's bill, another Weir's usage by the day. */
import { z } from 'zod'
import { type Decimal, decimal, isNegative, isZero, multiply, parseDecimal, subtract, sum, zero } from '../../kernel/decimal.ts'
import { isBounded, isWhole, parseAmount } from '../contracts/amount.ts'
import { addDays, dayOf, isDay } from '../contracts/calendar.ts'
import { isCurrency } from '../contracts/currency.ts'
import { type Bill, type BillFault, type BillRow, type Charge, coveredBy, faultsMax, type Parsed, undated } from './bill.ts'
import { meterOf, tierOf } from './bill-words.ts'
import { repetitions } from './repeated-rows.ts'

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
  if (value !== undefined && isBounded(value)) return value
  context.addIssue({ code: 'custom', message: value === undefined ? 'is not a number' : 'is more than any bill: look whether the export is damaged' })
  return z.NEVER
})
const count = exact.optional().nullable()
/** Tokens and calls: a part of one counts nothing. */
const wholeCount = exact.refine((value) => isWhole(value), 'is not a whole number').optional().nullable()
const seconds = z.object({ exact: z.string().regex(/^\d{1,12}$/, 'is not a time in seconds') }).transform((item) => Number(item.exact))
const name = z.string().nullable().optional()
const marked = (repeats: boolean): Pick<BillRow, 'repeats'> => (repeats ? { repeats } : {})

function faultsOf(error: z.ZodError): readonly BillFault[] {
  return error.issues.slice(0, faultsMax).map((issue) => {
    const row = issue.path.find((part) => typeof part === 'number')
    return { row: typeof row === 'number' ? row + 1 : 0, column: issue.path.filter((part) => part !== 'exact').join('.'), reason: issue.message }
  })
}

function bill(format: Bill['format'], currency: string, rows: readonly BillRow[], period?: { readonly from: string; readonly until: string }): Parsed {
  const other = rows.find((row) => row.currency !== currency)
  if (other !== undefined) return { faults: [{ row: other.n, column: 'currency', reason: `the bill mixes ${currency} and ${other.currency}: split it` }] }
  if (!isCurrency(currency)) return { faults: [{ row: 1, column: 'currency', reason: `${JSON.stringify(currency)} is not a currency` }] }
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

// Members that nothing reads, such as a project, tell two results apart.
const costsPage = bucket(z.looseObject({ amount: z.object({ value: exact, currency: z.string() }), line_item: name, quantity: count, quantity_unit: name }))

/** What a quantity of the costs page counts: its units, and the meter that only the unit tells. Units as the API's description lists them. */
const costUnits: Readonly<Record<string, { readonly factor: number; readonly meter?: string }>> = {
  tokens: { factor: 1 }, '1000_tokens': { factor: 1_000 }, images: { factor: 1, meter: 'image' },
  duration_seconds: { factor: 1, meter: 'audio_second' }, duration_minutes: { factor: 60, meter: 'audio_second' }, duration_hours: { factor: 3_600, meter: 'audio_second' },
}

/** What a line item without a meter charges for; undefined: calls of some kind. */
function itemCharge(item: string, amount: Decimal): Charge | undefined {
  if (/\b(tax|vat)\b/i.test(item)) return 'tax'
  if (isNegative(amount)) return 'credit'
  if (/scale tier|reserved|commit/i.test(item)) return 'purchase'
  if (/\bfees?\b|minimum|support/i.test(item)) return 'fee'
  return /storage|training|fine[- ]?tun|hosting/i.test(item) ? 'other-service' : undefined
}

function costRow(n: number, day: string, result: z.infer<typeof costsPage>['data'][number]['results'][number]): BillRow {
  const { amount, line_item: item, quantity, quantity_unit: unit } = result
  const [first, ...words] = (item ?? '').split(',').map((part) => part.trim())
  const counted = costUnits[unit ?? 'tokens']
  // An item that is one word of ours, `web search tool calls`, names no model.
  const whole = words.length === 0 ? meterOf(first ?? '') : undefined
  const meter = meterOf(words.join(' ')) ?? whole ?? counted?.meter
  const charge = meter === undefined ? itemCharge(item ?? '', amount.value) : undefined
  const tier = tierOf(words.join(' '))
  return {
    n, day, currency: amount.currency.toUpperCase(), amount: amount.value, description: item ?? 'costs',
    ...(charge === undefined ? {} : { charge }), ...(first === undefined || first === '' || charge !== undefined || whole !== undefined ? {} : { model: undated(first) }), ...(meter === undefined ? {} : { meter }), ...(tier === undefined ? {} : { tier }),
    ...(quantity === undefined || quantity === null || counted === undefined ? {} : { quantity: multiply(quantity, decimal(counted.factor)) }),
  }
}

/** GET /v1/organization/costs, grouped by line item: `gpt-4.1-2025-04-14, cached input`. */
function parseCosts(value: unknown): Parsed {
  const page = costsPage.safeParse(value)
  if (!page.success) return { faults: faultsOf(page.error) }
  if (page.data.has_more === true) return morePages
  const rows: BillRow[] = []
  const repeats = repetitions()
  for (const { start_time: start, results } of page.data.data) for (const result of results) rows.push({ ...costRow(rows.length + 1, dayOf(start * 1000), result), ...marked(repeats([start, result])) })
  const whole = page.data.data.flatMap((one) => one.results).findIndex((result) => typeof result.line_item !== 'string' && !isZero(result.amount.value))
  if (whole !== -1) return { faults: [{ row: whole + 1, column: 'line_item', reason: 'a cost without its line item matches nothing: ask for the costs with group_by=line_item' }] }
  return bill('openai-costs', rows[0]?.currency ?? 'USD', rows, bucketPeriod(page.data.data))
}

const usagePage = bucket(z.looseObject({
  object: z.string().optional(), model: name, batch: z.boolean().nullable().optional(), service_tier: name,
  input_tokens: wholeCount, input_cached_tokens: wholeCount, input_cache_write_tokens: wholeCount, output_tokens: wholeCount, input_audio_tokens: wholeCount, output_audio_tokens: wholeCount,
  images: wholeCount, seconds: count, num_sessions: wholeCount, num_requests: wholeCount, num_model_requests: wholeCount,
}))
type UsageResult = z.infer<typeof usagePage>['data'][number]['results'][number]

/** Pieces that the other usage pages count, by the object of their results. */
const pieces: Readonly<Record<string, readonly [meter: string, field: 'images' | 'seconds' | 'num_sessions' | 'num_requests']>> = {
  images: ['image', 'images'], audio_transcriptions: ['audio_second', 'seconds'], code_interpreter_sessions: ['code_interpreter_session', 'num_sessions'],
  file_searches: ['file_search_call', 'num_requests'], web_searches: ['web_search_call', 'num_requests'],
}

/** Disjoint quantities of one result, or what is wrong with it. */
function usageOf(result: UsageResult): Readonly<Record<string, Decimal>> | string {
  const of = (item: Decimal | null | undefined): Decimal => item ?? zero
  const kind = result.object?.split('.').at(-2) ?? 'completions'
  const piece = pieces[kind]
  if (piece !== undefined) return { [piece[0]]: of(result[piece[1]]) }
  if (result.input_tokens === undefined && result.output_tokens === undefined) return `usage of ${kind} has no meter here`
  const [cached, written, audio, audioOut] = [of(result.input_cached_tokens), of(result.input_cache_write_tokens), of(result.input_audio_tokens), of(result.output_audio_tokens)]
  const found = { input: subtract(of(result.input_tokens), sum([cached, written, audio])), cached_input: cached, cache_write: written, audio_input: audio, output: subtract(of(result.output_tokens), audioOut), audio_output: audioOut }
  return Object.values(found).some(isNegative) ? 'its parts are more than the whole' : found
}

/** GET /v1/organization/usage/…, grouped by model: quantities without money. */
function parseUsage(value: unknown): Parsed {
  const page = usagePage.safeParse(value)
  if (!page.success) return { faults: faultsOf(page.error) }
  if (page.data.has_more === true) return morePages
  const rows: BillRow[] = []
  const repeats = repetitions()
  for (const [index, { start_time: start, results }] of page.data.data.entries()) {
    for (const [at, result] of results.entries()) {
      const quantities = usageOf(result)
      if (typeof quantities === 'string') return { faults: [{ row: index + 1, column: `data.${index}.results.${at}`, reason: quantities }] }
      const mark = marked(repeats([start, result]))
      const tier = result.batch === true ? 'batch' : result.service_tier ?? undefined
      for (const [meter, quantity] of Object.entries(quantities)) {
        if (isZero(quantity)) continue
        rows.push({ n: rows.length + 1, day: dayOf(start * 1000), currency: 'USD', meter, quantity, description: `${result.model ?? 'all models'} ${meter}`, ...mark, ...(tier === undefined ? {} : { tier }), ...(result.model === null || result.model === undefined ? {} : { model: undated(result.model) }) })
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
  const repeats = repetitions()
  for (const [index, entry] of read.data.entries.entries()) {
    const at = Date.parse(entry.at)
    if (Number.isNaN(at)) return { faults: [{ row: index + 1, column: 'at', reason: `${JSON.stringify(entry.at)} is not a time` }] }
    const mark = marked(repeats(entry))
    for (const [meter, quantity] of Object.entries(entry.quantities)) {
      const price = entry.unitPrices[meter]
      const unit = price === undefined ? undefined : parseAmount(price)
      if (price !== undefined && unit === undefined) return { faults: [{ row: index + 1, column: `unitPrices.${meter}`, reason: `${JSON.stringify(price)} is not a number` }] }
      rows.push({
        n: index + 1, day: dayOf(at), model: undated(entry.model), meter, tier: entry.tier, quantity, currency: entry.currency, description: `${entry.id} ${entry.outcome}`, ...mark,
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
    quantity: z.string().refine((text) => parseAmount(text) !== undefined, 'is not a number, or more than any bill'), amount: z.string().refine((text) => parseAmount(text) !== undefined, 'is not a number, or more than any bill'),
  })),
})

export type WeirUsage = z.infer<typeof weirUsage>

/** What another Weir sold us, as it exports it: see `usageForCustomer`. */
function parseWeir(value: unknown): Parsed {
  const read = weirUsage.safeParse(value)
  if (!read.success) return { faults: faultsOf(read.error) }
  const { currency, from, until } = read.data
  const repeats = repetitions()
  return bill('weir-usage', currency, read.data.rows.map((row, index) => ({ n: index + 1, day: row.day, model: undated(row.model), meter: row.meter, tier: row.tier, quantity: decimal(row.quantity), amount: decimal(row.amount), currency, description: `${row.deployment} ${row.meter}`, ...marked(repeats(row)) })), { from, until })
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
