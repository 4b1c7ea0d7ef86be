/**
 * What suppliers' words mean: meters, tiers, models and units, in the names of SKUs, meters, usage types and line items.
 *
 * Sources, read 2026-11-28: OpenAI's costs page (`gpt-4.1-2025-04-14, cached input`); meters of Azure's price list
 * (`gpt 4o 1120 cached Inp glbl Tokens`, `GPT 5 outpt Glbl 1M Tokens`, `5.4 cd inp Gl 1M Tokens`); Bedrock's usage types
 * as its guide to cost and usage reports lists them (`…-input-tokens`, `…-mantle-output-tokens-standard`,
 * `…-cache-read-input-token-count`) and as models sold through the marketplace have them (`USE1-MP:USE1_InputTokenCount-Units`,
 * in millions, which only the description says).
 */
import { type Decimal, decimal, multiply } from '../../kernel/decimal.ts'
import { undated } from './bill.ts'

/** `USE1-MP:USE1_InputTokenCount-Units` → `use1 mp use1 input token count units`. */
const plain = (text: string): string => text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[-_:/|,]+/g, ' ').toLowerCase()

/** Order matters: what is cached is also input, and audio output is also output. */
const meterWords: readonly (readonly [RegExp, string | undefined])[] = [
  // Sold beside the calls: kept files, models that are trained or kept ready, traffic.
  [/\b(storage|hosting|training|fine ?tuning|transfer|bytes)\b/, undefined],
  [/\bcach\w* ?(write|creation)\b.*\b1 ?h/, 'cache_write_long'],
  [/\bcach\w* ?(write|creation)/, 'cache_write'],
  [/cach|\bcchd\b|\bcd\b/, 'cached_input'],
  [/web ?search/, 'web_search_call'],
  [/file ?search/, 'file_search_call'],
  [/code ?interpreter/, 'code_interpreter_session'],
  [/\baud(io)?\b.*\b(out|outp|outpt|opt|output)\b/, 'audio_output'],
  [/\baud(io)?\b.*\b(in|inp|inpt|input)\b/, 'audio_input'],
  [/\bimg\b.*\b(out|outp|outpt|opt|output)\b/, 'image_output'],
  [/\bimg\b.*\b(in|inp|inpt|input)\b/, 'image_input'],
  [/\breasoning (output|outp|tokens?)\b/, 'reasoning'],
  [/\b(outp?|outpt|outputs?|opt|completion)\b/, 'output'],
  [/\b(inp|inpt|inputs?|prompt)\b/, 'input'],
  [/\bimages?\b/, 'image'],
]

/** The meter that a supplier's words mean; undefined where they name none of ours. */
export function meterOf(words: string): string | undefined {
  const text = plain(words)
  return meterWords.find(([pattern]) => pattern.test(text))?.[1]
}

/** The tier that a supplier's words name beside a meter; undefined: the default. */
export function tierOf(words: string): string | undefined {
  const text = plain(words)
  return /\bbatch\b/.test(text) ? 'batch' : /\bflex\b/.test(text) ? 'flex' : /\b(priority|pp)\b/.test(text) ? 'priority' : undefined
}

/** How many units one of a bill's units is: `1K Tokens`, `1M`, `1000 tokens`, `Tokens`, `Million Input Tokens`. */
export function unitsIn(unit: string | undefined): Decimal {
  const text = (unit ?? '').trim()
  if (/\bmillion\b/i.test(text)) return decimal(1_000_000)
  const match = /^(\d+(?:\.\d+)?)?\s*([KMB])?(?:\b|$)/i.exec(text)
  const count = decimal(match?.[1] ?? '1')
  const letter = (match?.[2] ?? '').toUpperCase()
  const isPrefix = /^\d*(?:\.\d+)?\s*[KMB](?:\s|$)/i.test(text)
  const factor = !isPrefix ? 1 : letter === 'K' ? 1_000 : letter === 'M' ? 1_000_000 : letter === 'B' ? 1_000_000_000 : 1
  return multiply(count, decimal(factor))
}

/** Words of an Azure meter that stand behind the model: what is counted, how and where it is sold. */
const azureTail = /^(inp|inpt|input|outp|outpt|out|opt|output|cchd|cached|cd|txt|text|aud|img|batch|dev|pp|ft|reg|regional|data|dz|dzn|dzone|gl|glbl|global|shortco|longco|tokens?|\d{4})$/

/** `gpt-4.1-0414-cchd-Inp-glbl Tokens` → `gpt-4.1`; `5.4 inp Gl 1M Tokens` of `Azure OpenAI GPT5` → `gpt-5.4`. */
export function azureModel(meterName: string, subCategory = ''): string | undefined {
  const words = meterName.trim().toLowerCase().split(/[ -]+/)
  const end = words.findIndex((word) => azureTail.test(word))
  if (end < 1) return undefined
  const name = words.slice(0, end).join('-')
  return undated(/^\d/.test(name) && /gpt|openai/i.test(subCategory) ? `gpt-${name}` : name)
}

/**
 * `USE1-openai.gpt-oss-120b-mantle-input-tokens-standard` → `openai.gpt-oss-120b`; a marketplace's usage type names no
 * model, its service does: `Claude Sonnet 4.5 (Amazon Bedrock Edition)` → `claude-sonnet-4-5`, as that maker writes it.
 */
export function bedrockModel(usageType: string | undefined, serviceName: string | undefined): string | undefined {
  const edition = /^(.+?) \(Amazon Bedrock Edition\)$/.exec(serviceName ?? '')?.[1]
  if (edition !== undefined) return edition.toLowerCase().replaceAll(/[ .]+/g, '-')
  const match = /^[A-Z]{2,4}\d?-(?!MP:)(.+?)-(?:mantle-)?(?:text-)?(?:input|output|cache)(?:-|$)/.exec(usageType ?? '')
  return match?.[1]
}
