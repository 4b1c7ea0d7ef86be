/**
 * Seals in foreign envelopes. A client that gets reasoning from another maker than its dialect's sends the seal back with
 * the next turn; the envelope says whose it is, so that it reaches its maker unharmed and nobody else.
 */
import type { ChatDialect, Seal } from './part.ts'

const envelope = /^weir1:(openai-chat|openai-responses|anthropic-messages):(r?):([^:]*):([\s\S]*)$/

/** The seal as a field of `own` shows it: bare where it is that dialect's, in an envelope otherwise. */
export function sealText(seal: Seal, own: ChatDialect): string {
  return seal.by === own ? seal.value : `weir1:${seal.by}:${seal.redacted === true ? 'r' : ''}:${seal.id ?? ''}:${seal.value}`
}

/** Opens an envelope; a text without one was sealed by `own`. */
export function openSeal(text: string, own: ChatDialect): Seal {
  const match = envelope.exec(text)
  if (match === null) return { by: own, value: text }
  const [, by = own, redacted, id = '', value = ''] = match
  return { by: by as ChatDialect, value, ...(id === '' ? {} : { id }), ...(redacted === 'r' ? { redacted: true as const } : {}) }
}
