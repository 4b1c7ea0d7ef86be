/** One call in one upstream's dialect: bytes that pass, or a translation, behind the same `Exchange`. */
import type { Exchange, Refusal } from './dialect.ts'
import { passingDialect } from './dialects.ts'
import { headerOf } from './upstream-error.ts'
import type { ExchangeArgs } from './passing.ts'

/** Opens the exchange of one attempt. A refusal names what in the request cannot be carried to that upstream. */
export function openExchange(args: ExchangeArgs): Exchange | Refusal {
  if (args.client === args.upstream) return passExchange(args)
  return { refused: `A request in the form ${args.client} cannot be carried to an upstream that speaks ${args.upstream}.`, code: 'unsupported_translation' }
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
      const reading = dialect.whole(answer)
      return 'broken' in reading ? reading : { body: answer, reading }
    },
    stream: () => dialect.stream(withholdUsage),
    error: (status, headers, answer) => ({ error: dialect.error(status, headers, answer), body: answer, contentType: headerOf(headers, 'content-type') ?? 'application/json' }),
  }
}
