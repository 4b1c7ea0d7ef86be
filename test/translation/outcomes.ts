/** Carries every feature over every pair and says what came of it. */
import { isRefusal, type Edits, type Exchange, type Refusal } from '../../src/dialects/dialect.ts'
import { readAsk } from '../../src/dialects/dialects.ts'
import type { ChatDialect, JsonObject } from '../../src/dialects/part.ts'
import { translateExchange } from '../../src/dialects/translate.ts'
import { dialectPairs, pairName } from './pairs.ts'
import { plain, requestFeatures, type RequestFeature } from './requests.ts'

export const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 }

/** Opens the translation of a request given as an object. */
export function open(client: ChatDialect, upstream: ChatDialect, request: object, edits: Edits = {}): Exchange | Refusal {
  const body = Buffer.from(JSON.stringify(request))
  const ask = readAsk(client, body, 'application/json')
  if (isRefusal(ask)) return ask
  return translateExchange({ client, upstream, body, contentType: 'application/json', ask, edits }, clock)
}

export interface Outcome {
  readonly feature: string
  readonly client: ChatDialect
  readonly upstream: ChatDialect
  /** Undefined: the client's dialect has no words for the feature. */
  readonly got: { readonly body: unknown } | { readonly refused: string | undefined } | undefined
  readonly expected: { readonly body: unknown } | { readonly refused: string } | undefined
}

/** Members with the value undefined take a member of the plain request away. */
const withMembers = (dialect: ChatDialect, members: JsonObject): unknown => JSON.parse(JSON.stringify({ ...plain[dialect], ...members }))

function outcome(feature: RequestFeature, client: ChatDialect, upstream: ChatDialect): Outcome {
  const form = feature.forms[client]
  if (form === undefined) return { feature: feature.name, client, upstream, got: undefined, expected: undefined }
  const exchange = open(client, upstream, withMembers(client, form) as object)
  const pair = pairName(client, upstream)
  const param = feature.refused?.[pair] ?? feature.refused?.[client]
  const members = feature.becomes?.[pair] ?? feature.forms[upstream]
  return {
    feature: feature.name, client, upstream,
    got: isRefusal(exchange) ? { refused: exchange.param } : { body: JSON.parse(exchange.body.toString()) as unknown },
    expected: param !== undefined ? { refused: param } : members === undefined ? undefined : { body: withMembers(upstream, members) },
  }
}

export const requestOutcomes = (): readonly Outcome[] => requestFeatures.flatMap((feature) => dialectPairs.map(([client, upstream]) => outcome(feature, client, upstream)))
