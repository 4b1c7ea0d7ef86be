/**
 * Streams from answers in one piece: some hosts ignore `stream`, and a client that asked for one reads JSON as a stream
 * without events, in silence. What passes has its own form in its dialect (`PassingDialect.streamOf`).
 */
import type { StreamComposer } from './codec.ts'
import type { AssistantPart, CanonicalResponse, StreamPart } from './part.ts'
import { eventBytes } from './sse.ts'

export const eventStream = 'text/event-stream; charset=utf-8'

/** The stream of a translated answer, as the client's dialect composes it. */
export function streamOf(answer: CanonicalResponse, composer: StreamComposer): Buffer {
  return eventBytes(partsOf(answer).flatMap((part) => composer.add(part)))
}

function partsOf({ id, model, createdAt, serviceTier, content, finish, usage, logprobs }: CanonicalResponse): readonly StreamPart[] {
  let calls = 0
  let said = logprobs
  const parts = content.flatMap((part): readonly StreamPart[] => {
    if (part.type === 'tool-call') return callParts(part, calls++)
    const of = said
    if (part.type === 'text') said = undefined
    return spokenParts(part, of)
  })
  return [
    { type: 'response-start', id, model, ...(createdAt === undefined ? {} : { createdAt }), ...(serviceTier === undefined ? {} : { serviceTier }) },
    ...parts, { type: 'finish', finish }, ...(usage === undefined ? [] : [{ type: 'usage', usage } as const]), { type: 'response-end' },
  ]
}

const callParts = ({ id, name, arguments: text }: Extract<AssistantPart, { type: 'tool-call' }>, index: number): readonly StreamPart[] =>
  [{ type: 'tool-call-start', index, id, name }, { type: 'tool-call-delta', index, arguments: text }, { type: 'tool-call-end', index }]

function spokenParts(part: Exclude<AssistantPart, { type: 'tool-call' }>, logprobs: CanonicalResponse['logprobs']): readonly StreamPart[] {
  switch (part.type) {
    case 'text': return [{ type: 'text-delta', text: part.text, ...(logprobs === undefined ? {} : { logprobs }) }, { type: 'text-end' }]
    case 'refusal': return [{ type: 'refusal-delta', text: part.text }, { type: 'text-end' }]
    case 'reasoning': return [
      ...(part.text === '' ? [] : [{ type: 'reasoning-delta', text: part.text } as const]),
      { type: 'reasoning-end', ...(part.seal === undefined ? {} : { seal: part.seal }) },
    ]
  }
}
