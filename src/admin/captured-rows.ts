/** Captured calls as dataset rows, each with its receipt and what opens it. */
import { createHash } from 'node:crypto'
import { conversationOf } from '../dialects/conversation.ts'
import type { Store } from '../store/store.ts'
import type { Content, ContentFilter, ContentPorts } from '../terms/content/content-store.ts'
import { readContent } from '../terms/content/content-store.ts'
import { readReceipts } from '../terms/dataset/create-dataset.ts'
import type { DatasetRow, RowReceipt } from '../terms/dataset/gate.ts'
import { receiptsLog } from '../terms/log/append.ts'
import { adminSql } from './terms-desk.ts'

export interface CapturedRows {
  readonly rows: readonly DatasetRow[]
  /** Calls that are no plain conversation, by reason. */
  readonly unusable: Readonly<Record<string, number>>
  /** Whether more calls matched than were read. */
  readonly cut: boolean
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A call without a receipt is refused at the gate, under its own name, instead of passing as of unknown origin. */
const unproven = (log: string): RowReceipt => ({ log, index: '', leaf: '{}' })

function rowOf(content: Content, receipts: ReadonlyMap<string, RowReceipt>, log: string): DatasetRow | { readonly unusable: string } {
  const read = conversationOf(content.dialect, content.request, content.response, content.responseType)
  if ('unusable' in read) return read
  return { id: content.call, messages: read.turns, receipt: receipts.get(content.call) ?? unproven(log), inputHash: sha256(content.request), outputHash: sha256(content.response) }
}

/** At most `limit` calls, in the order of their ids. `failed` says what a person has to do. */
export async function capturedRows(store: Store, ports: ContentPorts, filter: ContentFilter, limit: number): Promise<CapturedRows | { readonly failed: string }> {
  const log = receiptsLog(filter.organization)
  const rows: DatasetRow[] = []
  const unusable: Record<string, number> = {}
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await readContent(ports, filter, after)
    if ('failed' in page) return page
    const receipts = await readReceipts(adminSql(store), log, page.content.map((one) => one.call))
    for (const content of page.content) {
      if (rows.length === limit) return { rows, unusable, cut: true }
      const row = rowOf(content, receipts, log)
      if ('unusable' in row) unusable[row.unusable] = (unusable[row.unusable] ?? 0) + 1
      else rows.push(row)
    }
    after = page.next
  }
  return { rows, unusable, cut: false }
}
