/** `/audio/transcriptions`: a text as long as the upload suggests. Whisper bills seconds, the newer models tokens. */
import { seededRandom } from '../../kernel/random.ts'
import { type Answer, type Charge, type Desk, events, type Frame, type Incoming, json, refuse } from './desk.ts'
import { joined, promptSeed } from './generation.ts'
import { parseMultipart } from './multipart.ts'
import { writeWords, type Piece } from './vocabulary.ts'

/** An upload of 16,000 bytes counts as one second: the sandbox does not decode audio. */
const bytesPerSecond = 16_000
const wordsPerSecond = 2
const audioTokensPerSecond = 10

/** POST /audio/transcriptions. */
export function transcriptions(incoming: Incoming, desk: Desk): Answer {
  const parts = parseMultipart(incoming.headers['content-type'] ?? '', incoming.bytes)
  const field = (name: string): string | undefined => parts?.find((part) => part.name === name && part.filename === undefined)?.bytes.toString('utf8')
  const file = parts?.find((part) => part.filename !== undefined)
  if (file === undefined) return refuse(incoming, { status: 400, message: 'Send the audio as multipart/form-data in the field file.', param: 'file' })
  const model = incoming.model === '' ? (field('model') ?? 'whisper-1') : incoming.model
  const seconds = Math.max(1, Math.ceil(file.bytes.length / bytesPerSecond))
  const pieces = writeWords(seededRandom(promptSeed(desk.seed, { model, texts: [file.bytes.toString('latin1', 0, 4_096)] }, 0)), Math.max(3, seconds * wordsPerSecond))
  const audio = seconds * audioTokensPerSecond
  const byTime = model.startsWith('whisper')
  const usage = byTime
    ? { type: 'duration', seconds }
    : { type: 'tokens', input_tokens: audio, input_token_details: { text_tokens: 0, audio_tokens: audio }, output_tokens: pieces.length, total_tokens: audio + pieces.length }
  const silent = incoming.fault?.kind === 'missing-usage'
  const format = field('response_format') ?? 'json'
  const stream = field('stream') === 'true' && !byTime
  const charge: Charge = {
    operation: 'transcriptions', model, tier: 'default', input: byTime ? { audio_second: seconds } : { audio_input: audio }, outputTokens: byTime ? 0 : pieces.length, reasoningTokens: 0, usageSent: !silent && /json/.test(format),
  }
  const shownUsage = silent ? {} : { usage }
  if (stream) return events(chunks(pieces, shownUsage), charge)
  const text = joined(pieces)
  switch (format) {
    case 'text': return { status: 200, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, charge }
    case 'srt': return { status: 200, contentType: 'text/plain; charset=utf-8', body: `1\n00:00:00,000 --> 00:00:${String(seconds % 60).padStart(2, '0')},000\n${text}\n\n`, charge }
    case 'vtt': return { status: 200, contentType: 'text/plain; charset=utf-8', body: `WEBVTT\n\n00:00:00.000 --> 00:00:${String(seconds % 60).padStart(2, '0')}.000\n${text}\n\n`, charge }
    case 'verbose_json': return json({ task: 'transcribe', language: 'english', duration: seconds, text, segments: [segment(text, seconds)], ...shownUsage }, charge)
    default: return json({ text, ...shownUsage }, charge)
  }
}

const segment = (text: string, seconds: number): object => ({ id: 0, seek: 0, start: 0, end: seconds, text, tokens: [], temperature: 0, avg_logprob: -0.2, compression_ratio: 1, no_speech_prob: 0 })

function* chunks(pieces: readonly Piece[], usage: object): Generator<Frame> {
  for (const piece of pieces) yield { text: `data: ${JSON.stringify({ type: 'transcript.text.delta', delta: piece.text })}\n\n`, tokens: piece.tokens }
  yield { text: `data: ${JSON.stringify({ type: 'transcript.text.done', text: joined(pieces), ...usage })}\n\n`, tokens: 0 }
}
