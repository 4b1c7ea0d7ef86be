/**
 * An invoice whose lines come in pages, so that one of a hundred thousand lines is written out without being in memory: each
 * form (HTML, PDF, CSV, JSON, XML) is made as it is read.
 */
import type { Store } from '../../store/store.ts'
import type { InvoiceDocument, InvoiceLine } from './invoice-document.ts'

export type InvoiceHead = Omit<InvoiceDocument, 'lines'>

export interface PagedInvoice {
  readonly head: InvoiceHead
  /** From the first line each time it is asked. */
  readonly pages: () => AsyncIterable<readonly InvoiceLine[]>
}

/** One that is in memory already: a single page. */
export const inMemory = ({ lines, ...head }: InvoiceDocument): PagedInvoice => ({
  head,
  // eslint-disable-next-line typescript/require-await -- it has nothing to wait for, and its siblings have
  pages: async function* () { yield lines },
})

/** An invoice in the database, draft or issued; undefined where there is none. A long one's lines are rows of a thousand. */
export async function pagedInvoice(store: Store, id: string): Promise<PagedInvoice | undefined> {
  const [row] = await store.query<{ head: InvoiceHead; pages: number }>('admin', `SELECT document - 'lines' AS head, (SELECT count(*)::int FROM invoice_page WHERE invoice = id) AS pages
    FROM invoice WHERE id = $1`, [id])
  if (row === undefined) return undefined
  const read = async (text: string, values: readonly unknown[]): Promise<readonly InvoiceLine[]> => {
    const [page] = await store.query<{ lines: readonly InvoiceLine[] }>('admin', text, values)
    // Only a draft can go away while it is read: half of it must not pass for the whole.
    if (page === undefined) throw new Error(`invoice ${id} was drafted anew while it was read; ask for it again`)
    return page.lines
  }
  return {
    head: row.head,
    pages: async function* () {
      if (row.pages === 0) yield await read(`SELECT document->'lines' AS lines FROM invoice WHERE id = $1`, [id])
      for (let page = 0; page < row.pages; page += 1) yield await read('SELECT lines FROM invoice_page WHERE invoice = $1 AND page = $2', [id, page])
    },
  }
}

/** The document itself, lines last. */
export async function* renderJson({ head, pages }: PagedInvoice): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"lines":[`
  let first = true
  for await (const lines of pages()) {
    if (lines.length === 0) continue
    yield `${first ? '' : ','}${JSON.stringify(lines).slice(1, -1)}`
    first = false
  }
  yield ']}'
}
