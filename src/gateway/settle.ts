/**
 * From the facts of an attempt to its outcome record: where the usage came from, whether the provider may bill it, and
 * what the budgets are charged. Reported, estimated and absent are three facts; absent is never zero (C4).
 */
import type { Reading } from '../dialects/dialect.ts'
import { headerText } from '../dialects/headers.ts'
import type { OutcomeRecord } from '../journal/record.ts'
import { formatDecimal, toPicosUp } from '../kernel/decimal.ts'
import { nonsense, type Counts, type UsageReport, type UsageSource } from '../kernel/meters.ts'
import type { PriceSheet } from '../ledger/price.ts'
import type { Ended, Failure } from './attempt.ts'
import { estimate, isWhole } from './estimate.ts'
import type { Ports } from './ports.ts'
import type { Deployment } from './snapshot.ts'

export interface SettleInput {
  readonly call: string
  readonly n: number
  readonly operation: string
  readonly ended: Ended
  readonly deployment: Deployment
  readonly sheet: PriceSheet
  /** The call's candidates: its host may have handed the attempt to another one of them. */
  readonly candidates?: readonly { readonly deployment: Deployment; readonly sheet: PriceSheet }[]
  /** Picos held for this attempt. */
  readonly held: bigint
  readonly body: Buffer
  readonly last: boolean
}

export interface Settlement {
  readonly record: OutcomeRecord
  readonly charge: bigint
  /** Exact cost as decimal text; undefined where it is not known. */
  readonly cost: string | undefined
  /** Undefined where nobody counted, and where what was counted makes no sense: limits and metrics must not take it for a number. */
  readonly counts: Counts | undefined
}

/** Operations whose answers carry no usage because nothing is sold by the token: the answer itself is the report. */
const meterless: ReadonlySet<string> = new Set(['moderations', 'count-tokens'])

/**
 * Refusals that come before any work is done, so that they are certainly not billed. Others may be: Azure bills a 400 of
 * its content filter and a 408 (Microsoft Learn, "Plan and manage costs for Azure OpenAI", as known in 2025).
 */
const unbilled: ReadonlySet<Failure['kind']> = new Set([
  'bad-request', 'context-too-long', 'unauthorized', 'suspended', 'forbidden', 'not-found', 'too-large', 'rate-limited', 'quota-exhausted', 'overloaded', 'unreached', 'redirected',
])

function billableOf(ended: Ended, usage: UsageReport | undefined): 'yes' | 'maybe' | 'no' {
  if (usage !== undefined || ended.outcome === 'complete') return 'yes'
  // An error inside a stream that had begun well says nothing about what was done before it.
  const turnedAway = ended.outcome === 'refused' || ended.outcome === 'unreached'
  if (turnedAway && ended.failure !== undefined && !ended.delivered && unbilled.has(ended.failure.kind)) return 'no'
  return 'maybe'
}

/** The report of what was used. A usage object that leaves out what was done is none: what it does not say is unknown, never zero. */
function usageOf(operation: string, ended: Ended): UsageReport | undefined {
  const usage = ended.reading?.usage
  if (meterless.has(operation)) return usage ?? (ended.outcome === 'complete' ? { counts: {}, raw: '{}' } : undefined)
  return usage !== undefined && isWhole(operation, usage.counts, ended) ? usage : undefined
}

/** Something was generated that nobody counted: the text tells roughly how much, and so does what the provider told of the input. */
const hasBasis = (ended: Ended, reading: Reading | undefined): boolean =>
  ended.outcome === 'complete' || (reading?.delivered ?? '') !== '' || reading?.usage?.counts.input !== undefined

/** The spillover answer names the deployment that served, where the provider tells. */
function servedBy(ended: Ended, deployment: Deployment): string | undefined {
  const { spilloverHeader } = deployment.provider.type
  if (spilloverHeader === undefined) return undefined
  const named = headerText(ended.headers, spilloverHeader)
  return named === undefined || named === deployment.upstreamModel ? undefined : named
}

/** The candidate that the host says served in place of the one that was asked, with the sheet that prices it. */
function spilledTo({ ended, deployment, candidates = [] }: SettleInput): { readonly deployment: Deployment; readonly sheet: PriceSheet } | undefined {
  const named = servedBy(ended, deployment)
  return named === undefined ? undefined : candidates.find((one) => one.deployment.provider.account === deployment.provider.account && one.deployment.upstreamModel === named)
}

/** At once where usage was reported or nothing can be billed; a promise only where tokens have to be counted. */
export function settlement(input: SettleInput, ports: Pick<Ports, 'rate' | 'countTokens' | 'clock'>): Settlement | Promise<Settlement> {
  const { ended, held } = input
  const usage = usageOf(input.operation, ended)
  const billable = billableOf(ended, usage)
  if (usage !== undefined) {
    const rated = ports.rate(spilledTo(input)?.sheet ?? input.sheet, usage.counts, usage.serviceTier)
    // What cannot be priced or makes no sense is charged its whole hold; posting quarantines it.
    const priced = rated.status === 'rated' ? { charge: toPicosUp(rated.total), cost: formatDecimal(rated.total) } : { charge: billable === 'no' ? 0n : held, cost: undefined }
    return settled(input, ports, { source: 'reported', billable, counts: usage.counts, usage, ...priced })
  }
  if (billable === 'no') return settled(input, ports, { source: 'absent', billable, counts: undefined, usage, charge: 0n, cost: '0' })
  const unknown = { billable, usage, charge: held, cost: undefined }
  if (!hasBasis(ended, ended.reading)) return settled(input, ports, { ...unknown, source: 'absent', counts: undefined })
  const told = ended.reading?.usage
  return estimate(input.body, ended.reading?.delivered ?? '', told?.counts, ports.countTokens).then((counts) => {
    // Tokens that this model is not sold by (seconds of audio are what counts there) estimate nothing.
    const sold = ports.rate(input.sheet, counts, told?.serviceTier).status !== 'unpriced'
    return settled(input, ports, sold ? { ...unknown, usage: told, source: 'estimated', counts } : { ...unknown, source: 'absent', counts: undefined })
  })
}

function settled(input: SettleInput, { clock }: Pick<Ports, 'clock'>, judged: Judged): Settlement {
  const { charge, cost, counts } = judged
  return { record: outcomeRecord(input, judged, clock.now()), charge, cost, counts: counts !== undefined && nonsense(counts) === undefined ? counts : undefined }
}

interface Judged {
  readonly source: UsageSource
  readonly billable: 'yes' | 'maybe' | 'no'
  readonly counts: Counts | undefined
  readonly charge: bigint
  readonly usage: UsageReport | undefined
  readonly cost: string | undefined
}

/** The record while it is made. Members are there only where they have a value: absent, not null. */
type Draft = { -readonly [K in keyof OutcomeRecord]: OutcomeRecord[K] }

function outcomeRecord(input: SettleInput, judged: Judged, at: number): OutcomeRecord {
  const { call, n, ended, deployment, last } = input
  const { requestIdHeader } = deployment.provider.type
  const { reading, failure } = ended
  const served = servedBy(ended, deployment)
  const error = failure === undefined ? reading?.failure?.message : `${failure.kind}: ${failure.message}`.slice(0, 500)
  const servedModel = judged.usage?.model ?? reading?.model
  const upstreamId = headerText(ended.headers, requestIdHeader) ?? reading?.responseId
  const record: Draft = {
    kind: 'outcome', call, n, at, outcome: ended.outcome, source: judged.source, billable: judged.billable, charge: judged.charge.toString(), responseBytes: ended.responseBytes, last,
  }
  if (ended.status !== undefined) record.status = ended.status
  if (error !== undefined) record.error = error
  if (judged.counts !== undefined) record.counts = judged.counts
  if (judged.usage !== undefined) record.raw = judged.usage.raw
  if (servedModel !== undefined) record.servedModel = servedModel
  if (judged.usage?.serviceTier !== undefined) record.serviceTier = judged.usage.serviceTier
  if (served !== undefined) record.servedDeployment = served
  const spilled = served === undefined ? undefined : spilledTo(input)
  if (spilled !== undefined) {
    const { id, priceList, pricedAs, regionClass, capacity } = spilled.deployment
    record.servedBy = { deployment: id, priceList, pricedAs, regionClass, currency: spilled.sheet.currency, capacity }
  }
  if (upstreamId !== undefined) record.upstreamId = upstreamId
  if (reading?.finish !== undefined) record.finish = reading.finish
  if (ended.headersMs !== undefined) record.headersMs = ended.headersMs
  if (ended.firstByteMs !== undefined) record.firstByteMs = ended.firstByteMs
  if (ended.lastByteMs !== undefined) record.lastByteMs = ended.lastByteMs
  if (ended.clientGone) record.clientGone = true
  return record
}
