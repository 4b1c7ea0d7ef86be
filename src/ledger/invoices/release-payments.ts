/** What an invoice was paid beyond what is due since it was credited: the payments have it left over again, to be matched with another. */
import type { Clock } from '../../kernel/clock.ts'
import { add, compare, decimal, formatDecimal, negate, subtract, zero } from '../../kernel/decimal.ts'
import type { Sql } from '../../store/store.ts'
import { postMoney } from '../money-transaction.ts'

interface Over extends Record<string, unknown> { readonly organization: string; readonly currency: string; readonly number: string; readonly over: string }

/** Takes it off the matches, the latest money first. `by`: the credit note that left it over. What prepaid credit paid is in no payment, and stays. */
export async function releaseOverpaid(sql: Sql, clock: Clock, invoice: string, by: { readonly id: string; readonly number: string }): Promise<void> {
  const [row] = await sql<Over>('SELECT organization, currency, number, least(paid, paid + credited - due) AS over FROM invoice WHERE id = $1 AND paid > 0 AND paid + credited > due', [invoice])
  if (row === undefined) return
  const over = decimal(row.over)
  let released = zero
  for (const match of await sql<{ payment: string; amount: string }>('SELECT m.payment, m.amount FROM payment_match m JOIN payment p ON p.id = m.payment WHERE m.invoice = $1 ORDER BY p.received_on DESC, p.id DESC', [invoice])) {
    const left = subtract(over, released)
    if (compare(left, zero) <= 0) break
    const whole = compare(decimal(match.amount), left) <= 0
    if (whole) await sql('DELETE FROM payment_match WHERE payment = $1 AND invoice = $2', [match.payment, invoice])
    else await sql('UPDATE payment_match SET amount = amount - $3 WHERE payment = $1 AND invoice = $2', [match.payment, invoice, formatDecimal(left)])
    released = add(released, whole ? decimal(match.amount) : left)
  }
  const { organization, currency } = row
  await sql('UPDATE invoice SET paid = paid - $2 WHERE id = $1', [invoice, formatDecimal(released)])
  await postMoney(sql, {
    id: `payment-release:${by.id}`, kind: 'payment', at: clock.now(), currency, note: `${by.number} left it over of ${row.number}`,
    entries: [{ account: { id: `invoiced/${organization}`, organization }, amount: released }, { account: { id: `unapplied/${organization}`, organization }, amount: negate(released) }],
  })
}
