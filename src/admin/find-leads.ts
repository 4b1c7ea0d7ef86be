/** Rows of a file against captured answers: which may be edited copies. Leads for a person; what was captured is read by the program only. */
import { conversationOf } from '../dialects/conversation.ts'
import { readContent, type ContentFilter, type ContentPorts } from '../terms/content/content-store.ts'
import { rowIndex, type Lead } from '../terms/detection/winnow.ts'

export interface Leads {
  readonly leads: readonly Lead[]
  /** Captured answers that the rows were compared with. */
  readonly compared: number
}

export async function findLeads(ports: ContentPorts, filter: ContentFilter, rows: readonly string[]): Promise<Leads | { readonly failed: string }> {
  const index = rowIndex(rows)
  let compared = 0
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await readContent(ports, filter, after)
    if ('failed' in page) return page
    for (const content of page.content) {
      const read = conversationOf(content.dialect, content.request, content.response, content.responseType)
      const answer = 'unusable' in read ? undefined : read.turns.at(-1)?.content
      if (answer === undefined) continue
      compared += 1
      index.compare(content.call, answer)
    }
    after = page.next
  }
  return { leads: index.leads(), compared }
}
