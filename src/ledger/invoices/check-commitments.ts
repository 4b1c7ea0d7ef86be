/** The accounts of commitments against what contract-use shows: draws as recorded, promises as the contract had them, the rest owed. */
import { compare, decimal, formatDecimal, isZero, negate, zero } from '../../kernel/decimal.ts'
import type { Store } from '../../store/store.ts'
import { dayOf } from '../contracts/calendar.ts'
import { commitmentsNamed, promisesOn } from '../contracts/commitment-accounts.ts'
import { contractSchema } from '../contracts/contract.ts'

/** What is wrong with them, in words. */
export async function commitmentFaults(store: Store): Promise<readonly string[]> {
  return [...await draws(store), ...await promises(store), ...await rests(store)]
}

async function draws(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ account: string; currency: string; recorded: string; booked: string }>('jobs', `
    WITH recorded AS (SELECT 'drawn/' || contract || '/' || commitment AS account, currency, sum(CASE WHEN starts_with(organization, 'supplier/') THEN -amount ELSE amount END) AS amount FROM commitment_draw GROUP BY 1, 2),
      booked AS (SELECT account, currency, sum(amount) AS amount FROM entry WHERE account LIKE 'drawn/%' GROUP BY 1, 2)
    SELECT coalesce(r.account, b.account) AS account, coalesce(r.currency, b.currency) AS currency, coalesce(r.amount, 0) AS recorded, coalesce(b.amount, 0) AS booked
    FROM recorded r FULL JOIN booked b ON b.account = r.account AND b.currency = r.currency WHERE coalesce(r.amount, 0) <> coalesce(b.amount, 0) ORDER BY 1`)
  return rows.map((row) => `${row.account}: ${row.recorded} ${row.currency} drawn by what is billed, ${row.booked} in the books`)
}

/** Each promise as its contract had it when it was last booked; one from before promises were booked has none yet. */
async function promises(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ body: unknown; commitment: string; minute: string; currency: string; booked: string }>('jobs', `
    WITH named AS (SELECT DISTINCT id, commitment FROM (${commitmentsNamed}) c WHERE side IN ('customer', 'supplier')),
      booked AS (SELECT n.id, n.commitment, e.currency, sum(e.amount) AS amount, max(max(t.minute)) OVER (PARTITION BY n.id) AS minute
        FROM named n JOIN entry e ON e.account = 'committed/' || n.id || '/' || n.commitment JOIN ledger_transaction t ON t.id = e.transaction_id GROUP BY n.id, n.commitment, e.currency)
    SELECT b.commitment, b.currency, b.minute, b.amount AS booked,
      (SELECT k.body FROM contract k WHERE k.id = b.id AND k.recorded_at < to_timestamp((b.minute + 1) * 60) ORDER BY k.version DESC LIMIT 1) AS body FROM booked b ORDER BY b.id, b.commitment`)
  return rows.flatMap(({ body, commitment, minute, currency, booked }) => {
    const contract = contractSchema.parse(body)
    const promised = contract.currency === currency ? promisesOn(contract, dayOf(Number(minute) * 60_000)).get(commitment) ?? zero : zero
    const stands = contract.side === 'customer' ? negate(decimal(booked)) : decimal(booked)
    return compare(promised, stands) === 0 ? [] : [`committed/${contract.id}/${commitment}: ${formatDecimal(promised)} ${currency} promised, ${formatDecimal(stands)} in the books`]
  })
}

/** What is still owed of each is what was promised less what was drawn: the three accounts sum to zero. */
async function rests(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ commitment: string; currency: string; sum: string }>('jobs', `
    SELECT substr(account, strpos(account, '/') + 1) AS commitment, currency, sum(amount) AS sum FROM entry WHERE split_part(account, '/', 1) IN ('commitment', 'committed', 'drawn') GROUP BY 1, 2 ORDER BY 1`)
  return rows.filter((row) => !isZero(decimal(row.sum))).map((row) => `commitment/${row.commitment}: off by ${row.sum} ${row.currency} from what was promised less what was drawn`)
}
