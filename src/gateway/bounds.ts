/**
 * The worst that a request can cost at a deployment (DESIGN.md, Hard budgets). Byte-level tokenizers never make more
 * tokens than bytes, and the JSON around a message has more bytes than the template around it has tokens, so the body's
 * length bounds its input tokens. What the bytes do not bound holds the whole context window.
 */
import type { Ask, Operation } from '../dialects/dialect.ts'
import type { Worst } from '../ledger/price.ts'
import type { Deployment } from './snapshot.ts'

/** Operations that generate no tokens. */
const silent: ReadonlySet<Operation> = new Set(['embeddings', 'moderations', 'count-tokens'])

/** Hosted tool calls that a request may cause where it names no limit of its own. */
const toolCallsMax = 20

/** The thinnest speech encoding that transcription hosts take is about 500 bytes a second (4 kbit/s). */
const audioBytesPerSecond = 500

export interface Bounds {
  readonly input: number
  readonly output: number
  readonly worst: Worst
}

/** `inputTokens`: an exact count of the body's tokens, where one was made; undefined: by bytes. */
export function boundsOf(operation: Operation, ask: Ask, bodyBytes: number, deployment: Deployment, inputTokens?: number): Bounds {
  const window = deployment.contextWindow
  const input = ask.unbounded.length > 0 ? window : Math.min(inputTokens ?? bodyBytes, window)
  const perChoice = Math.min(ask.outputMax ?? deployment.outputMax, deployment.outputMax)
  const output = silent.has(operation) ? 0 : perChoice * ask.choices
  const toolCalls = ask.hostedTools.map((tool) => ({ meter: tool.meter, calls: tool.callsMax ?? toolCallsMax }))
  const pieces =
    operation === 'images' ? [{ meter: 'image' as const, count: ask.choices }]
    : operation === 'transcriptions' ? [{ meter: 'audio_second' as const, count: Math.ceil(bodyBytes / audioBytesPerSecond) }]
    : []
  // Context that a hosted tool adds is billed as input each time that it is read again.
  const inputTokensMax = toolCalls.length > 0 ? window * (1 + toolCalls.reduce((sum, tool) => sum + tool.calls, 0)) : input
  return { input: inputTokensMax, output, worst: { inputTokens: inputTokensMax, outputTokens: output, toolCalls, pieces } }
}
