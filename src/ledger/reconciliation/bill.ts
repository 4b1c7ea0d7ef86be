/** A supplier's bill or usage report, whatever its form was: rows by day, deployment, model and meter. */
import type { Decimal } from '../../kernel/decimal.ts'

export interface BillRow {
  /** Row or entry of the source, counted from 1, for messages. */
  readonly n: number
  /** UTC day. */
  readonly day: string
  readonly deployment?: string
  /** The supplier's name of the model, without a date at its end. */
  readonly model?: string
  /** Ours where it could be told, else undefined. */
  readonly meter?: string
  readonly tier?: string
  /** `call/attempt`, where the supplier was told and says it. */
  readonly attempt?: string
  /** Units (tokens, calls), whatever the bill counted in. */
  readonly quantity?: Decimal
  /** Undefined on a report of usage alone. */
  readonly amount?: Decimal
  readonly currency: string
  readonly description: string
}

export interface Bill {
  readonly format: BillFormat
  readonly currency: string
  /** Days that the bill covers, end excluded. */
  readonly from: string
  readonly until: string
  readonly rows: readonly BillRow[]
}

export type BillFormat = 'focus' | 'openai-costs' | 'openai-usage' | 'azure-export' | 'sandbox' | 'weir-usage'

/** What is wrong with a bill, and where. A bill with one fault is not imported at all. */
export interface BillFault {
  readonly row: number
  readonly column: string
  readonly reason: string
}

export type Parsed = { readonly bill: Bill } | { readonly faults: readonly BillFault[] }

/** At most this many faults are told: who has more has another problem. */
export const faultsMax = 50

/** Model names that end in a date are sold under the name without it. */
export const undated = (model: string): string => model.replace(/-(\d{4}-\d{2}-\d{2}|\d{4}|\d{8})$/, '')

/**
 * The meter that a supplier's words mean. Order matters: what is cached is also input. Words of the OpenAI costs page
 * (`cached input`) and of Azure meters (`cchd Inp`, `Inp`, `Outp`, `Opt`), read 2026-09.
 */
export function meterOf(words: string): string | undefined {
  const text = words.toLowerCase()
  if (/cache[ _-]?write|cach(e|ed)?[ _-]?creation/.test(text)) return 'cache_write'
  if (/cach|cchd/.test(text)) return 'cached_input'
  if (/web[ _-]?search/.test(text)) return 'web_search_call'
  if (/file[ _-]?search/.test(text)) return 'file_search_call'
  if (/code[ _-]?interpreter/.test(text)) return 'code_interpreter_session'
  if (/reason/.test(text)) return 'reasoning'
  if (/audio.*(out|opt)/.test(text)) return 'audio_output'
  if (/audio.*in/.test(text)) return 'audio_input'
  if (/\b(outp?|outputs?|opt|completion)\b/.test(text)) return 'output'
  if (/\b(inp|inputs?|inpt|prompt)\b/.test(text)) return 'input'
  if (/\bimages?\b/.test(text)) return 'image'
  return undefined
}

/** Days from the first to the last of the rows, as a period. */
export function coveredBy(rows: readonly BillRow[], nextDay: (day: string) => string): { readonly from: string; readonly until: string } | undefined {
  let from: string | undefined
  let last: string | undefined
  for (const { day } of rows) {
    if (from === undefined || day < from) from = day
    if (last === undefined || day > last) last = day
  }
  return from === undefined || last === undefined ? undefined : { from, until: nextDay(last) }
}
