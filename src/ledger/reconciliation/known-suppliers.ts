/** Whom a bill can be from without a question: a mistyped name would make every row look like a purchase past the gateway. */
import type { Store } from '../../store/store.ts'

/** Suppliers that the books owe something for calls, that a contract is with, or whose bill was imported before. */
export async function suppliersInTheBooks(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ supplier: string }>('admin', `
    SELECT split_part(id, '/', 2) AS supplier FROM account WHERE id LIKE 'payable/%' UNION SELECT party FROM contract WHERE side = 'supplier' UNION SELECT supplier FROM bill ORDER BY 1`)
  return rows.map((row) => row.supplier)
}
