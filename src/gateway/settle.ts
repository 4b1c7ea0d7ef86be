/**
 * From the facts of an attempt to its outcome record: where the usage came from, whether the provider may bill it, and
 * what the budgets are charged. Reported, estimated and absent are three facts; absent is never zero (C4).
 */
import type { Reading } from '../dialects/dialect.ts'
import type { OutcomeRecord } from '../journal/record.ts'
import { formatDecimal, toPicosUp } from '../kernel/decimal.ts'
import type { Counts, UsageReport, UsageSource } from '../kernel/meters.ts'
import type { PriceSheet } from '../ledger/price.ts'
import type { Ended, Failure } from './attempt.ts'
import { headerText } from './attempt.ts'
import { estimate } from './estimate.ts'
import type { Ports } from './ports.ts'
import type { Deployment } from './snapshot.ts'

export interface SettleInput {
  readonly call: string
  readonly n: number
  readonly operation: string
  readonly ended: Ended
  readonly deployment: Deployment
  readonly sheet: PriceSheet
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
  readonly counts: Counts | undefined
}

/** Operations whose answers carry no usage because nothing is sold by the token: the answer itself is the report. */
const meterless: ReadonlySet<string> = new Set(['moderations', 'count-tokens'])

/**
 * Refusals that come before any work is done, so that they are certainly not billed. Others may be: Azure bills a 400 of
 * its content filter and a 408 (Microsoft Learn, "Plan and manage costs for Azure OpenAI", as known in 2025).
 */
const unbilled: ReadonlySet<Failure['kind']> = new Set([
  'bad-request', 'context-too-long', 'unauthorized', 'suspended', 'forbidden', 'not-found', 'too-large', 'rate-limited', 'quota-exhausted', 'overloaded', 'unreached',
])

function billableOf(ended: Ended, usage: UsageReport | undefined): 'yes' | 'maybe' | 'no' {
  if (usage !== undefined || ended.outcome === 'complete') return 'yes'
  // An error inside a stream that had begun well says nothing about what was done before it.
  const turnedAway = ended.outcome === 'refused' || ended.outcome === 'unreached'
  if (turnedAway && ended.failure !== undefined && !ended.delivered && unbilled.has(ended.failure.kind)) return 'no'
  return 'maybe'
}

function usageOf(operation: string, ended: Ended): UsageReport | undefined {
  const usage = ended.reading?.usage
  if (usage !== undefined) return usage
  return meterless.has(operation) && ended.outcome === 'complete' ? { counts: {}, raw: '{}' } : undefined
}

/** Something was generated that nobody counted: the text tells roughly how much. */
const hasBasis = (ended: Ended, reading: Reading | undefined): boolean => ended.outcome === 'complete' || (reading?.delivered ?? '') !== ''

/** The spillover answer names the deployment that served, where the provider tells. */
function servedBy(ended: Ended, deployment: Deployment): string | undefined {
  const { spilloverHeader } = deployment.provider.type
  if (spilloverHeader === undefined) return undefined
  const named = headerText(ended.headers, spilloverHeader)
  return named === undefined || named === deployment.upstreamModel ? undefined : named
}

export async function settlement(input: SettleInput, ports: Pick<Ports, 'rate' | 'countTokens' | 'clock'>): Promise<Settlement> {
  const { ended, held, deployment } = input
  const usage = usageOf(input.operation, ended)
  const billable = billableOf(ended, usage)
  let source: UsageSource = 'absent'
  let counts: Counts | undefined
  let charge = billable === 'no' ? 0n : held
  let cost: string | undefined
  if (usage !== undefined) {
    source = 'reported'
    counts = usage.counts
    const rated = ports.rate(input.sheet, usage.counts, usage.serviceTier)
    // What cannot be priced or makes no sense is charged its whole hold; posting quarantines it.
    if (rated.status === 'rated') {
      charge = toPicosUp(rated.total)
      cost = formatDecimal(rated.total)
    }
  } else if (billable !== 'no' && hasBasis(ended, ended.reading)) {
    source = 'estimated'
    counts = await estimate(input.body, ended.reading?.delivered ?? '', ports.countTokens)
  } else if (billable === 'no') cost = '0'
  return { record: outcomeRecord(input, { source, billable, counts, charge, usage, served: servedBy(ended, deployment) }, ports.clock.now()), charge, cost, counts }
}

interface Judged {
  readonly source: UsageSource
  readonly billable: 'yes' | 'maybe' | 'no'
  readonly counts: Counts | undefined
  readonly charge: bigint
  readonly usage: UsageReport | undefined
  readonly served: string | undefined
}

function outcomeRecord({ call, n, ended, deployment, last }: SettleInput, judged: Judged, at: number): OutcomeRecord {
  const { requestIdHeader } = deployment.provider.type
  return {
    kind: 'outcome', call, n, at, outcome: ended.outcome,
    ...optional('status', ended.status),
    ...optional('error', ended.failure === undefined ? ended.reading?.failure?.message : `${ended.failure.kind}: ${ended.failure.message}`.slice(0, 500)),
    source: judged.source,
    billable: judged.billable,
    ...optional('counts', judged.counts),
    ...optional('raw', judged.usage?.raw),
    ...optional('servedModel', judged.usage?.model ?? ended.reading?.model),
    ...optional('serviceTier', judged.usage?.serviceTier),
    ...optional('servedDeployment', judged.served),
    charge: judged.charge.toString(),
    ...optional('upstreamId', headerText(ended.headers, requestIdHeader) ?? ended.reading?.responseId),
    ...optional('finish', ended.reading?.finish),
    ...optional('headersMs', ended.headersMs),
    ...optional('firstByteMs', ended.firstByteMs),
    ...optional('lastByteMs', ended.lastByteMs),
    responseBytes: ended.responseBytes,
    ...(ended.clientGone ? { clientGone: true } : {}),
    last,
  }
}

/** A member that is there only where it has a value: absent, not null. */
function optional<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V })
}
