/**
 * The month as a journal: two records a call, as a gateway writes them. One call stands for an hour of a customer's stream,
 * or for a longer stretch of it: five billion calls a month cannot be kept here.
 */
import { formatDecimal, multiply, roundUp } from '../../src/kernel/decimal.ts'
import type { AttemptRecord, NumberedRecord, OutcomeRecord } from '../../src/journal/record.ts'
import type { PriceBook } from '../../src/ledger/price.ts'
import { maker, type Scale } from './terms.ts'
import { type CustomerMonth, type HourUse, listLines, overHours } from './usage.ts'

interface Call extends HourUse { readonly organization: string }

/** Calls of everybody in the order of time; the largest customer's by the hour, the others' by so many hours. */
function callsOf(of: Scale, months: readonly CustomerMonth[], stepHours: number): readonly Call[] {
  const calls: Call[] = []
  for (const { customer, client, uses } of months) {
    for (const use of uses) {
      for (const call of overHours(of, client, use, customer.rank === 0 ? 1 : stepHours)) calls.push({ ...call, organization: customer.id })
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

/** All records of the month, numbered: the same shape, scale and step give the same bytes. */
export function* recordsOf(book: PriceBook, of: Scale, months: readonly CustomerMonth[], stepHours: number): Generator<NumberedRecord> {
  let sequence = 0
  let count = 0
  for (const call of callsOf(of, months, stepHours)) {
    count += 1
    for (const record of pairOf(book, call, `call_${of.month.replace('-', '')}${count.toString(36).padStart(20, '0')}`)) {
      sequence += 1
      yield { sequence, body: JSON.stringify(record) }
    }
  }
}
