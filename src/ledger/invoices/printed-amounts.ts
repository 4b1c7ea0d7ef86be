/** Figures as people read them; the exact ones stand in the JSON, CSV and XML. */
import { decimal, formatDecimal, multiply } from '../../kernel/decimal.ts'
import type { InvoiceLine } from './invoice-document.ts'

/** `1234567.50` → `1,234,567.50`. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? digits : `${digits}.${fraction}`
}

/** Token prices per million, as price lists give them; others as they are. */
export function perMillion(line: InvoiceLine): string {
  const tokens = ['input', 'cached_input', 'cache_write', 'cache_write_long', 'audio_input', 'image_input', 'output', 'reasoning', 'audio_output', 'image_output'].includes(line.unit)
  return tokens ? `${grouped(formatDecimal(multiply(decimal(line.unitPrice), decimal(1_000_000))))} / M` : grouped(line.unitPrice)
}
