/**
 * The month as a journal: two records a call, as a gateway writes them. Either one call stands for an hour of a customer's
 * stream (five billion calls a month cannot be kept here), or calls are those of the trace, one by one, at a small scale.
 */
import { formatDecimal, multiply, roundUp } from '../../src/kernel/decimal.ts'
import { hourMs } from '../../src/ledger/contracts/calendar.ts'
import type { AttemptRecord, NumberedRecord, OutcomeRecord } from '../../src/journal/record.ts'
import type { PriceBook } from '../../src/ledger/price.ts'
import type { Sizes } from './shape.ts'
import { maker, type Scale } from './terms.ts'
import { type CustomerMonth, type HourUse, listLines, overHours } from './usage.ts'

export interface Detail {
  /** `hours`: one call stands for a stretch of a stream. `trace`: calls of the trace's sizes. */
  readonly calls: 'hours' | 'trace'
  /** Length of a stretch for customers other than the largest, whose stretch is one hour. */
  readonly stepHours: number
}

interface Call extends HourUse { readonly organization: string }

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Cuts an hour into calls as the trace has them; what does not fill a whole call waits for the next hour. */
function* asTrace(uses: Iterable<HourUse>, sizes: readonly Sizes[], first: number): Generator<HourUse> {
  let [next, input] = [first, 0n]
  for (const use of uses) {
    input += use.input
    const calls: Sizes[] = []
    for (let size = sizes[next % sizes.length]; size !== undefined && BigInt(size.input) <= input; size = sizes[next % sizes.length]) {
      calls.push(size)
      input -= BigInt(size.input)
      next += 1
    }
    for (const [index, size] of calls.entries()) {
      const cached = use.input === 0n ? 0n : (BigInt(size.input) * use.cached) / use.input
      yield { ...use, at: use.at + Math.floor((index * hourMs) / calls.length), input: BigInt(size.input), cached: least(cached, BigInt(size.input)), output: BigInt(size.output) }
    }
  }
}

/** Calls of everybody in the order of time. */
function callsOf(of: Scale, months: readonly CustomerMonth[], sizes: readonly Sizes[], detail: Detail): readonly Call[] {
  const calls: Call[] = []
  for (const { customer, client, uses } of months) {
    for (const [index, use] of uses.entries()) {
      const step = customer.rank === 0 || detail.calls === 'trace' ? 1 : detail.stepHours
      const hours = overHours(of, client, use, step)
      const each = detail.calls === 'trace' ? asTrace(hours, sizes, customer.rank * 997 + index * 131) : hours
      for (const call of each) calls.push({ ...call, organization: customer.id })
    }
  }
  return calls.toSorted((a, b) => a.at - b.at || (a.organization < b.organization ? -1 : a.organization > b.organization ? 1 : 0) || (a.stream.deployment < b.stream.deployment ? -1 : 1))
}

function pairOf(book: PriceBook, call: Call, id: string): readonly [AttemptRecord, OutcomeRecord] {
  const counts = { input: Number(call.input), cachedInput: Number(call.cached), output: Number(call.output) }
  const { stream } = call
  const picos = roundUp(multiply(listLines(book, stream.model, call.at, counts).total, { coefficient: 10n ** 12n, scale: 0 }), 0)
  const charge = formatDecimal(picos)
  return [{
    kind: 'attempt', call: id, n: 1, at: call.at, received: call.at, organization: call.organization, project: stream.project, key: `key_${call.organization}_${stream.project}`,
    model: stream.model, deployment: stream.deployment, provider: maker, account: maker, upstreamModel: stream.model, supplier: maker, channel: 'self', maker,
    capacity: stream.deployment.endsWith('-units') ? 'provisioned' : 'pay-as-you-go', surface: 'openai', operation: 'chat', dialect: 'openai-chat', stream: false, snapshot: 1,
    priceList: 'openai', regionClass: 'any', currency: 'USD', hold: charge, inputBound: counts.input, outputBound: counts.output, budgets: [], requestBytes: 0,
  }, {
    kind: 'outcome', call: id, n: 1, at: call.at + 900, outcome: 'complete', status: 200, source: 'reported', billable: 'yes', counts,
    raw: JSON.stringify({ prompt_tokens: counts.input, completion_tokens: counts.output, prompt_tokens_details: { cached_tokens: counts.cachedInput } }),
    servedModel: stream.model, serviceTier: 'default', charge, finish: 'stop', headersMs: 210, firstByteMs: 230, lastByteMs: 900, responseBytes: 0, last: true,
  }]
}

/** All records of the month, numbered: the same shape, scale and detail give the same bytes. */
export function* recordsOf(book: PriceBook, of: Scale, months: readonly CustomerMonth[], sizes: readonly Sizes[], detail: Detail): Generator<NumberedRecord> {
  let sequence = 0
  let count = 0
  for (const call of callsOf(of, months, sizes, detail)) {
    count += 1
    for (const record of pairOf(book, call, `call_${of.month.replace('-', '')}${count.toString(36).padStart(20, '0')}`)) {
      sequence += 1
      yield { sequence, body: JSON.stringify(record) }
    }
  }
}
