/**
 * One call translated: the client speaks one dialect of the chat family, the upstream another. The request goes through
 * the canonical form, the answer comes back through it. The meter is the upstream dialect's own reading of the upstream's
 * own bytes, so a translated call is metered exactly as one that passes.
 */
import { systemClock, type Clock } from '../kernel/clock.ts'
import type { Json } from '../kernel/canonical-json.ts'
import { parseAnswer } from './answer.ts'
import { eventStream, streamOf } from './answer-stream.ts'
import { codecs, isChatDialect } from './codec.ts'
import type { Composing } from './composing.ts'
import type { Edits, Exchange, Refusal } from './dialect.ts'
import { passingDialect } from './dialects.ts'
import { composeUpstreamError } from './faults.ts'
import { collectObjections, isObject } from './fields.ts'
import { parseRecord } from './json-fields.ts'
import type { AssistantPart, CanonicalRequest, CanonicalResponse, ChatDialect, JsonObject, RequestField } from './part.ts'
import type { ExchangeArgs } from './passing.ts'
import { createTranslatingPipe } from './translating-pipe.ts'

/**
 * Opens a translated exchange. What the upstream's dialect cannot carry is refused under the client's name for it (C7).
 * `clock` dates answers of upstreams whose wire format has no time.
 */
export function translateExchange(args: ExchangeArgs, clock: Clock = systemClock): Exchange | Refusal {
  const { client, upstream, ask, edits } = args
  if (!isChatDialect(client) || !isChatDialect(upstream)) {
    return { refused: `A request in the form ${client} cannot be carried to an upstream that speaks ${upstream}.`, code: 'unsupported_translation' }
  }
  const asked = readBody(args.body, edits)
  if ('refused' in asked) return asked
  const request = translateRequest(client, upstream, asked.body, edits)
  if ('refused' in request) return request
  const includeUsage = edits.includeUsage === true || ask.usageAsked
  const body = Buffer.from(JSON.stringify(request.compose(includeUsage)))
  const context = (): Composing => ({ request: request.canonical, asked: asked.body, usageAsked: ask.usageAsked, now: Math.floor(clock.now() / 1000) })
  return {
    upstream,
    translated: true,
    contentType: 'application/json',
    body,
    whole: (answer) => translateAnswer(client, upstream, answer, context()),
    stream: () => createTranslatingPipe(codecs[upstream].createReader(), passingDialect(upstream).stream(false), codecs[client].createComposer(context()), request.canonical),
    error: (status, headers, answer) => {
      const error = passingDialect(upstream).error(status, headers, answer)
      // Two dialects of one surface have one shape of errors: it passes, with all that the upstream said.
      if (codecs[client].surface === codecs[upstream].surface && parseRecord(answer.toString()) !== undefined) return { error, body: answer, contentType: 'application/json' }
      return { error, ...composeUpstreamError(codecs[client].surface, error) }
    },
    failed: (error) => composeUpstreamError(codecs[client].surface, error),
  }
}

function readBody(body: Buffer, edits: Edits): { readonly body: JsonObject } | Refusal {
  try {
    const parsed = JSON.parse(body.toString()) as Json
    if (!isObject(parsed)) return { refused: 'The body must be a JSON object.', code: 'invalid_type' }
    // Azure's deployment paths carry the model in the URL.
    return { body: parsed['model'] === undefined && edits.model !== undefined ? { ...parsed, model: edits.model } : parsed }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return { refused: `The body is not valid JSON: ${cause.message}`, code: 'invalid_json' }
  }
}

interface TranslatedRequest {
  readonly canonical: CanonicalRequest
  readonly compose: (includeUsage: boolean) => object
}

/** Parses and checks a request; the answer composes its body. */
function translateRequest(client: ChatDialect, upstream: ChatDialect, body: JsonObject, edits: Edits): TranslatedRequest | Refusal {
  const from = codecs[client]
  const to = codecs[upstream]
  const objections = collectObjections()
  const parsed = from.parseRequest(body, objections)
  const canonical = applyEdits(parsed, edits, upstream)
  for (const field of Object.keys(canonical) as (keyof CanonicalRequest)[]) {
    if (field !== 'model' && field !== 'stream' && field !== 'messages' && to.lacks.has(field)) refuse(field, 'it has no such parameter')
  }
  to.composeRequest(canonical, refuse, false)
  const refusal = objections.first()
  return refusal ?? { canonical, compose: (includeUsage) => to.composeRequest(canonical, () => undefined, includeUsage) }

  function refuse(field: RequestField | 'messages', message: string): void {
    const param = field === 'messages' ? from.conversation : from.params[field]
    objections.add(param, 'unsupported_parameter', `'${param}' cannot be carried into the wire format in which this model is served (${upstream}): ${message}.`)
  }
}

/** OpenAI's limit of `safety_identifier` (OpenAPI specification 2.3.0). */
const identifierMax = 64

function applyEdits(request: CanonicalRequest, edits: Edits, upstream: ChatDialect): CanonicalRequest {
  const { endUser: _endUser, user: _user, outputMax: _outputMax, ...rest } = request
  const endUser = edits.safetyIdentifier ?? request.endUser
  const outputMax = edits.outputMax ?? request.outputMax
  // A longer identifier fits OpenAI's older field only. An identifier that the route sets takes the place of both where there is one field.
  const long = upstream !== 'anthropic-messages' && endUser !== undefined && endUser.length > identifierMax && request.user === undefined
  const user = long ? endUser : edits.safetyIdentifier !== undefined && upstream === 'anthropic-messages' ? undefined : request.user
  return {
    ...rest,
    ...(edits.model === undefined ? {} : { model: edits.model }),
    ...(endUser === undefined || long ? {} : { endUser }),
    ...(user === undefined ? {} : { user }),
    ...(outputMax === undefined ? {} : { outputMax }),
  }
}

function translateAnswer(client: ChatDialect, upstream: ChatDialect, body: Buffer, composing: Composing): ReturnType<Exchange['whole']> {
  const reading = passingDialect(upstream).whole(body)
  if ('broken' in reading || 'failed' in reading) return reading
  if (reading.failure !== undefined) return { body: composeUpstreamError(codecs[client].surface, reading.failure).body, reading }
  const answer = codecs[upstream].parseAnswer(parseAnswer(body) ?? {})
  if ('broken' in answer) return answer
  const shown: CanonicalResponse = { ...answer, content: showReasoning(answer.content, composing.request), ...(reading.usage === undefined ? {} : { usage: reading.usage }) }
  if (composing.request.stream) return { body: streamOf(shown, codecs[client].createComposer(composing)), reading, contentType: eventStream }
  return { body: Buffer.from(JSON.stringify(codecs[client].composeAnswer(shown, composing))), reading }
}

/** Reasoning that the client asked not to see keeps its seal only. */
function showReasoning(content: readonly AssistantPart[], request: CanonicalRequest): readonly AssistantPart[] {
  if (request.reasoning?.summary !== 'omitted') return content
  return content.filter((part) => part.type !== 'reasoning' || part.seal !== undefined).map((part) => part.type === 'reasoning' ? { ...part, text: '' } : part)
}
