/**
 * What an attempt without usage probably cost: the text that went in and came out, counted by a tokenizer. An estimate is
 * marked as one and never changes what a budget is charged, which is the full hold until a bill trues it up.
 */
import type { Counts } from '../kernel/meters.ts'
import type { Ended } from './attempt.ts'

/** Members whose text is not read by a model. */
const silentMembers: ReadonlySet<string> = new Set([
  'model', 'role', 'type', 'id', 'call_id', 'tool_call_id', 'tool_use_id', 'user', 'safety_identifier', 'metadata', 'url', 'file_id', 'data',
  'image_url', 'detail', 'media_type', 'service_tier', 'previous_response_id', 'encoding_format', 'format', 'status', 'strict',
])

/** The text of a JSON request that a model reads, in order. A body that is not JSON counts as it stands. */
export function contentOf(body: string): string {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    if (cause instanceof SyntaxError) return body
    throw cause
  }
  const found: string[] = []
  const walk = (node: unknown): void => {
    if (typeof node === 'string') found.push(node)
    else if (Array.isArray(node)) for (const item of node) walk(item)
    else if (typeof node === 'object' && node !== null) for (const [name, member] of Object.entries(node)) if (!silentMembers.has(name)) walk(member)
  }
  walk(value)
  return found.join('\n')
}

/** Operations that generate text out of text: a report of them has both totals. */
const generating: ReadonlySet<string> = new Set(['chat', 'responses', 'messages', 'completions'])

/**
 * Whether counts say all that was used. Some hosts send an empty usage object, texts in place of numbers, or one total
 * without the other. No output at all may be left out where an answer is complete without any.
 */
export function isWhole(operation: string, counts: Counts, { outcome, reading }: Pick<Ended, 'outcome' | 'reading'>): boolean {
  if (!generating.has(operation)) return Object.keys(counts).length > 0
  return counts.input !== undefined && (counts.output !== undefined || (outcome === 'complete' && (reading?.delivered ?? '') === ''))
}

/** `told` is what the provider did say: it stands, and only the rest is counted. */
export async function estimate(body: Buffer, delivered: string, told: Counts | undefined, countTokens: (text: string) => Promise<number>): Promise<Counts> {
  const [input, output] = await Promise.all([
    told?.input ?? countTokens(contentOf(body.toString('utf8'))), told?.output ?? (delivered === '' ? 0 : countTokens(delivered)),
  ])
  return { ...told, input, output }
}
