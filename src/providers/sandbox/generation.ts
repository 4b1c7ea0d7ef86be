/**
 * What the simulated model does with a prompt, whatever the wire format: decides between text, structured output and tool
 * calls, and writes output of an exact length in tokens. The same seed and prompt give the same output.
 */
import { seededRandom, wholeBelow, type Random } from '../../kernel/random.ts'
import { instanceOf } from './instance.ts'
import { splitTokens } from './token-count.ts'
import { writeWords, type Piece } from './vocabulary.ts'

export interface Tool {
  readonly name: string
  /** JSON schema of its arguments. */
  readonly schema: unknown
}

/** A request, read from any dialect. */
export interface Task {
  readonly model: string
  /** Everything whose tokens are input: messages, instructions, tool definitions, earlier calls and results. */
  readonly texts: readonly string[]
  /** Input that is not text: images, audio. */
  readonly otherTokens: number
  readonly tools: readonly Tool[]
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string }
  readonly parallelTools: boolean
  /** The last turn brings tool results, so that the model answers instead of calling again. */
  readonly answersTools: boolean
  readonly format: 'text' | 'json' | { readonly schema: unknown }
  /** The request's own limit of output tokens, reasoning included. */
  readonly limit: number | undefined
  /** Exactly this many output tokens are wanted (a hint that only the sandbox reads). */
  readonly wanted: number | undefined
  /** Reasoning effort, where the model reasons; undefined: it does not. */
  readonly effort: string | undefined
  /** Texts at which an answer ends; they are not part of it. */
  readonly stop: readonly string[]
}

export interface ToolCall {
  readonly name: string
  readonly pieces: readonly Piece[]
}

/** One choice of an answer. */
export interface Made {
  readonly reasoning: readonly Piece[]
  readonly pieces: readonly Piece[]
  readonly calls: readonly ToolCall[]
  readonly finish: 'stop' | 'length' | 'tool-calls'
  /** The text of the request's `stop` that ended it. */
  readonly stopped: string | undefined
  readonly reasoningTokens: number
  /** Reasoning included. */
  readonly outputTokens: number
}

const effortTokens: Readonly<Record<string, number>> = { none: 0, minimal: 0, low: 32, medium: 64, high: 192, xhigh: 320, max: 320 }

/** Models that think before they answer, by the makers' naming. */
export const reasons = (model: string): boolean => /^(o\d|gpt-[5-9])/.test(model) && !model.includes('-chat')

export const joined = (pieces: readonly Piece[]): string => pieces.map((piece) => piece.text).join('')
export const tokensIn = (pieces: readonly Piece[]): number => pieces.reduce((sum, piece) => sum + piece.tokens, 0)

/** FNV-1a over the ends and lengths of the prompt's texts: enough to vary the answer, cheap on long prompts. */
export function promptSeed(seed: number, task: Pick<Task, 'model' | 'texts'>, choice: number): number {
  let hash = (0x811c9dc5 ^ seed ^ Math.imul(choice + 1, 0x9e3779b1)) >>> 0
  const fold = (code: number): void => { hash = Math.imul(hash ^ code, 0x01000193) >>> 0 }
  for (const part of [task.model, ...task.texts]) {
    fold(part.length)
    for (let index = Math.max(0, part.length - 200); index < part.length; index += 1) fold(part.charCodeAt(index))
  }
  return hash
}

/** Pieces up to a number of tokens, and whether all fitted. */
function cut(pieces: readonly Piece[], tokens: number): { readonly pieces: readonly Piece[]; readonly whole: boolean } {
  const kept: Piece[] = []
  let used = 0
  for (const piece of pieces) {
    if (used + piece.tokens > tokens) return { pieces: kept, whole: false }
    kept.push(piece)
    used += piece.tokens
  }
  return { pieces: kept, whole: true }
}

function callsTools(task: Task): boolean {
  if (task.tools.length === 0 || task.toolChoice === 'none') return false
  return task.toolChoice !== 'auto' || !task.answersTools
}

function chosenTools(task: Task, random: Random): readonly Tool[] {
  const { toolChoice, tools } = task
  if (typeof toolChoice === 'object') return tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1)
  const first = wholeBelow(random, tools.length)
  const both = task.parallelTools && tools.length > 1
  return [tools[first], both ? tools[(first + 1) % tools.length] : undefined].filter((tool) => tool !== undefined)
}

function reasoningTokensOf(task: Task): number {
  if (task.effort === undefined) return 0
  const usual = effortTokens[task.effort] ?? 64
  return task.wanted === undefined ? usual : Math.min(usual, Math.floor(task.wanted / 2))
}

function callTools(task: Task, random: Random, reasoning: readonly Piece[], room: number): Made {
  const calls: ToolCall[] = []
  let left = room
  let finish: Made['finish'] = 'tool-calls'
  for (const tool of chosenTools(task, random)) {
    const { pieces, whole } = cut(splitTokens(JSON.stringify(instanceOf(tool.schema, random))), left)
    calls.push({ name: tool.name, pieces })
    left -= tokensIn(pieces)
    if (whole) continue
    finish = 'length'
    break
  }
  const outputTokens = tokensIn(reasoning) + calls.reduce((sum, call) => sum + tokensIn(call.pieces), 0)
  return { reasoning, pieces: [], calls, finish, stopped: undefined, reasoningTokens: tokensIn(reasoning), outputTokens }
}

/**
 * Text up to the first of the texts that end it. It is cut into tokens again, since what is left of the last word may be other
 * tokens; usage and bill count what is left.
 */
export function upToStop(pieces: readonly Piece[], stop: readonly string[]): { readonly pieces: readonly Piece[]; readonly stopped: string | undefined } {
  if (stop.length === 0) return { pieces, stopped: undefined }
  const text = joined(pieces)
  let at = Infinity
  let stopped: string | undefined
  for (const end of stop) {
    const found = end === '' ? -1 : text.indexOf(end)
    if (found === -1 || found >= at) continue
    at = found
    stopped = end
  }
  return stopped === undefined ? { pieces, stopped } : { pieces: splitTokens(text.slice(0, at)), stopped }
}

/**
 * One choice. Text has exactly `wanted` tokens where the request hints so, otherwise 20 to 60, never more than `limit`
 * (then it ends for length). Reasoning counts as output and comes first. Tool calls and structured output are as long as
 * they are; the hint does not apply to them.
 */
export function generate(task: Task, seed: number, choice: number): Made {
  const random = seededRandom(promptSeed(seed, task, choice))
  const limit = task.limit ?? Infinity
  const thinking = cut(writeWords(random, reasoningTokensOf(task)), limit)
  const reasoning = thinking.pieces
  const reasoningTokens = tokensIn(reasoning)
  const room = limit - reasoningTokens
  if (thinking.whole && callsTools(task)) {
    const made = callTools(task, random, reasoning, room)
    if (made.calls.length > 0) return made
  }
  const natural = writeNaturally(task, random, reasoningTokens)
  const written = cut(natural, room)
  const { pieces, stopped } = upToStop(written.pieces, task.stop)
  return { reasoning, pieces, calls: [], finish: stopped !== undefined || (written.whole && thinking.whole) ? 'stop' : 'length', stopped, reasoningTokens, outputTokens: reasoningTokens + tokensIn(pieces) }
}

function writeNaturally(task: Task, random: Random, reasoningTokens: number): readonly Piece[] {
  if (typeof task.format === 'object') return splitTokens(JSON.stringify(instanceOf(task.format.schema, random)))
  if (task.format === 'json') return splitTokens(JSON.stringify({ answer: joined(writeWords(random, 12)) }))
  return writeWords(random, task.wanted === undefined ? 20 + wholeBelow(random, 41) : Math.max(0, task.wanted - reasoningTokens))
}
