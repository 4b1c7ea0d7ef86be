import type { TextPart } from './part.ts'

/** Says that a tool failed, where the wire format has no flag for it. */
export const toolErrorMark: TextPart = { type: 'text', text: '[tool error]\n' }
