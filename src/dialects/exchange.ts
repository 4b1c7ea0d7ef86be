/** One call in one upstream's dialect: bytes that pass, or a translation, behind the same `Exchange`. */
import { systemClock, type Clock } from '../kernel/clock.ts'
import type { Exchange, Refusal } from './dialect.ts'
import { eventStream } from './answer-stream.ts'
import { passingDialect } from './dialects.ts'
import { composeUpstreamError } from './faults.ts'
import { headerText } from './headers.ts'
import type { ExchangeArgs } from './passing.ts'
import { translateExchange } from './translate.ts'

/**
 * Opens the exchange of one attempt: bytes pass where client and upstream speak the same dialect, else they are
 * translated. A refusal names what in the request cannot be carried to that upstream. `clock` dates translated answers.
 */
export function openExchange(args: ExchangeArgs, clock: Clock = systemClock): Exchange | Refusal {
  return args.client === args.upstream ? passExchange(args) : translateExchange(args, clock)
}

function passExchange({ upstream, body, contentType, ask, edits }: ExchangeArgs): Exchange | Refusal {
  const dialect = passingDialect(upstream)
  const edited = dialect.edit(body, contentType, edits, ask)
  if ('refused' in edited) return edited
  const withholdUsage = edits.includeUsage === true && !ask.usageAsked
  return {
    upstream,
    translated: false,
    contentType,
    body: edited,
    whole(answer) {
      const reading = dialect.whole(answer, body)
      if ('broken' in reading || 'failed' in reading) return reading
      const stream = ask.stream ? dialect.streamOf?.(answer, ask.usageAsked) : undefined
      return stream === undefined ? { body: answer, reading } : { body: stream, reading, contentType: eventStream }
    },
    stream: () => dialect.stream(withholdUsage),
    error: (status, headers, answer) => ({ error: dialect.error(status, headers, answer), body: answer, contentType: headerText(headers, 'content-type') ?? 'application/json' }),
    failed: (error) => composeUpstreamError(upstream.startsWith('anthropic') ? 'anthropic' : 'openai', error),
  }
}
