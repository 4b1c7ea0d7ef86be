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

/** Lines that are read at once: some 600 kB. */
const pageLines = 1_000

/** An invoice in the database, draft or issued; undefined where there is none. */
export async function pagedInvoice(store: Store, id: string): Promise<PagedInvoice | undefined> {
  const [row] = await store.query<{ head: InvoiceHead; count: number }>('admin', `SELECT document - 'lines' AS head, jsonb_array_length(document->'lines') AS count FROM invoice WHERE id = $1`, [id])
  if (row === undefined) return undefined
  return {
    head: row.head,
    pages: async function* () {
      for (let first = 0; first < row.count; first += pageLines) {
        const [page] = await store.query<{ lines: readonly InvoiceLine[] }>('admin', `SELECT jsonb_path_query_array(document, format('$.lines[%s to %s]', $2::int, $3::int)::jsonpath) AS lines FROM invoice WHERE id = $1`, [id, first, first + pageLines - 1])
        yield page?.lines ?? []
      }
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
