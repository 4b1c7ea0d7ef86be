/** Rows of a file against captured answers: which may be edited copies. Leads for a person; what was captured is read by the program only. */
import { conversationOf } from '../dialects/conversation.ts'
import { readContent, type ContentFilter, type ContentPorts } from '../terms/content/content-store.ts'
import { proveLeads, type LeadProof } from '../terms/detection/prove-lead.ts'
import { rowIndex, type Lead } from '../terms/detection/winnow.ts'
import { receiptsLog } from '../terms/log/append.ts'
import { adminSql } from './terms-desk.ts'

export interface Leads {
  readonly leads: readonly (Lead & { readonly proof?: LeadProof })[]
  /** Captured answers that the rows were compared with. */
  readonly compared: number
}

export async function findLeads(ports: ContentPorts, filter: ContentFilter, rows: readonly string[]): Promise<Leads | { readonly failed: string }> {
  const index = rowIndex(rows)
  let compared = 0
  const answers = new Map<string, string>()
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await readContent(ports, filter, after)
    if ('failed' in page) return page
    for (const content of page.content) {
      const read = conversationOf(content.dialect, content.request, content.response, content.responseType)
      const answer = 'unusable' in read ? undefined : read.turns.at(-1)?.content
      if (answer === undefined) continue
      compared += 1
      if (index.compare(content.call, answer)) answers.set(content.call, answer)
    }
    after = page.next
  }
  const leads = index.leads()
  const proofs = await proveLeads(adminSql(ports.store), receiptsLog(filter.organization), new Map(leads.map(({ call }) => [call, answers.get(call) ?? ''])))
  return { leads: leads.map((lead) => ({ ...lead, ...(proofs.has(lead.call) ? { proof: proofs.get(lead.call) as LeadProof } : {}) })), compared }
}
