/**
 * The worst that a request can cost at a deployment (DESIGN.md, Hard budgets). Byte-level tokenizers never make more
 * tokens than bytes, and the JSON around a message has more bytes than the template around it has tokens, so the body's
 * length bounds its input tokens. What the bytes do not bound holds the whole context window.
 */
import type { Ask, Operation } from '../dialects/dialect.ts'
import type { Meter } from '../kernel/meters.ts'
import type { PriceSheet, Worst } from '../ledger/price.ts'
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

const inputMeters: readonly Meter[] = ['input', 'audio_input', 'image_input']
const outputMeters: readonly Meter[] = ['output', 'audio_output', 'image_output']

const sells = (sheet: PriceSheet, meters: readonly Meter[]): boolean => sheet.rows.some((row) => meters.includes(row.meter))

/** What the operation sells by the piece, where the sheet prices pieces: images, seconds of audio. */
function piecesOf(operation: Operation, ask: Ask, bodyBytes: number, sheet: PriceSheet): { readonly meter: Meter; readonly count: number }[] {
  const pieces =
    operation === 'images' ? [{ meter: 'image' as const, count: ask.choices }]
    : operation === 'transcriptions' ? [{ meter: 'audio_second' as const, count: Math.ceil(bodyBytes / audioBytesPerSecond) }]
    : []
  return pieces.filter((piece) => sells(sheet, [piece.meter]))
}

export interface BoundsInput {
  readonly operation: Operation
  readonly ask: Ask
  readonly bodyBytes: number
  readonly deployment: Deployment
  readonly sheet: PriceSheet
  /** An exact count of the body's tokens, where one was made; undefined: by bytes. */
  readonly inputTokens?: number
}

export function boundsOf({ operation, ask, bodyBytes, deployment, sheet, inputTokens }: BoundsInput): Bounds {
  const window = deployment.contextWindow
  const pieces = piecesOf(operation, ask, bodyBytes, sheet)
  // Where only pieces are sold, tokens have no price and none is needed.
  const byPiece = (meters: readonly Meter[]): boolean => pieces.length > 0 && !sells(sheet, meters)
  const perChoice = Math.min(ask.outputMax ?? deployment.outputMax, deployment.outputMax)
  const output = silent.has(operation) || byPiece(outputMeters) ? 0 : perChoice * ask.choices
  const toolCalls = ask.hostedTools.map((tool) => ({ meter: tool.meter, calls: tool.callsMax ?? toolCallsMax }))
  const once = byPiece(inputMeters) ? 0 : ask.unbounded.length > 0 ? window : Math.min(inputTokens ?? bodyBytes, window)
  // Context that a hosted tool adds is billed as input each time that it is read again.
  const input = toolCalls.length > 0 ? window * (1 + toolCalls.reduce((sum, tool) => sum + tool.calls, 0)) : once
  return { input, output, worst: { inputTokens: input, outputTokens: output, toolCalls, pieces } }
}
