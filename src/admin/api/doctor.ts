/** Whether every event is accounted for, and what a person should look at. */
import { z } from 'zod'
import { checkLedger } from '../../ledger/integrity.ts'
import { lossAccounting, type Losses } from '../../ledger/quarantine.ts'
import type { Sql } from '../../store/store.ts'
import { readWatches } from '../../terms/mirror/account-watches.ts'
import { unreadNotices } from '../../terms/mirror/notice-store.ts'
import type { AdminPorts } from '../ports.ts'
import { sealedUnderOldKeys } from '../secrets.ts'
import type { Api } from './reply.ts'

const accounting = z.object({
  events_in: z.number(), posted: z.number(), quarantined: z.number(), resolved: z.number(), open: z.number(), missing: z.number(), difference: z.number().describe('0, or something is wrong (C3).'),
  reported: z.number(), estimated: z.number(), absent: z.number(), unbilled: z.number(), unpriced: z.number(), refusals: z.number(), unposted: z.number(),
  unshipped: z.number().describe('Of the node that answers, or of all nodes as of two seconds ago, whichever is more.'), oldest_unshipped_ms: z.number().nullable(),
})
const finding = z.object({ severity: z.enum(['warning', 'error']), says: z.string() })
const check = z.object({ id: z.string(), what: z.string(), ok: z.boolean(), found: z.array(z.string()) })

const lateMs = 60_000

export function doctorApi(api: Api, { store, clock, clockFault, unshipped, snapshot, resources, masterKey }: AdminPorts): void {
  api.get('/admin/v1/doctor', { schema: { tags: ['operations'], summary: 'Loss accounting, and what needs attention', response: { 200: z.object({ accounting, findings: z.array(finding) }) } } }, async () => {
    // The journal is read first: a record that is shipped in between then counts as waiting twice, and never as arrived.
    const waiting = await unshippedAnywhere(store, unshipped())
    const loss = (await lossAccounting(store)).find((one) => one.journal === 'all')
    const stored = await resources.version()
    const findings = loss === undefined ? [] : findingsOf(loss, waiting)
    const serving = snapshot()?.version
    if (serving === undefined) findings.push({ severity: 'error', says: 'this node has not confirmed its snapshot for too long and admits nothing: see whether the database answers' })
    else if (serving < stored - 1) findings.push({ severity: 'warning', says: `this node serves version ${serving} of the resources, and ${stored} is stored` })
    const skewed = clockFault()
    if (skewed !== undefined) findings.push({ severity: 'error', says: `${skewed} It runs no jobs meanwhile: cases, content and invoices wait for a control node whose clock is right.` })
    findings.push(...await absentNodes(store), ...await unreadAtSuppliers(store), ...await unsignedLogs(store, clock.now()))
    if (await sealedUnderOldKeys(store, masterKey.keyring())) findings.push({ severity: 'warning', says: 'some secrets are sealed under an old master key: run weir secrets rotate' })
    const count = (name: Exclude<keyof Losses, 'journal'>): number => loss?.[name] ?? 0
    return {
      accounting: {
        events_in: count('events'), posted: count('posted'), quarantined: count('quarantined'), resolved: count('resolved'), open: count('open'), missing: count('missing'), difference: count('lost'),
        reported: count('reported'), estimated: count('estimated'), absent: count('absent'), unbilled: count('unbilled'), unpriced: count('unpriced'), refusals: count('refusals'), unposted: count('pending'),
        unshipped: waiting.records, oldest_unshipped_ms: waiting.oldestMs ?? null,
      },
      findings,
    }
  })
  const report = z.object({ ok: z.boolean(), checks: z.array(check), balances: z.array(z.object({ account: z.string(), currency: z.string(), amount: z.string() })), transactions: z.number(), entries: z.number() })
  api.get('/admin/v1/ledger/check', { schema: { tags: ['operations'], summary: 'Derive every balance from entries and compare what must agree', response: { 200: report } } }, async () => {
    const done = await checkLedger(store)
    return { ok: done.ok, checks: done.checks.map((one) => ({ ...one, found: [...one.found] })), balances: done.balances.map((balance) => ({ ...balance })), transactions: done.transactions, entries: done.entries }
  })
}

/** Nodes say it in their rows; those that have not been heard of for a minute are told by the metric of their own. */
async function unshippedAnywhere(store: AdminPorts['store'], own: ReturnType<AdminPorts['unshipped']>): Promise<ReturnType<AdminPorts['unshipped']>> {
  const [row] = await store.query<{ records: string; oldest: string | null }>('admin', "SELECT coalesce(sum(unshipped), 0) AS records, max(oldest_unshipped_ms) AS oldest FROM node WHERE seen_at > clock_timestamp() - interval '1 minute'")
  const oldest = Math.max(own.oldestMs ?? 0, Number(row?.oldest ?? 0))
  return { records: Math.max(own.records, Number(row?.records ?? 0)), oldestMs: oldest > 0 ? oldest : own.oldestMs }
}

/** Logs of which a checkpoint has waited for its signature or its publication for over a minute. */
async function unsignedLogs(store: AdminPorts['store'], nowMs: number): Promise<z.infer<typeof finding>[]> {
  const rows = await store.query<{ id: string }>('admin', `SELECT l.id FROM terms_log l CROSS JOIN LATERAL (SELECT max(size) FILTER (WHERE published) AS shown FROM terms_checkpoint c WHERE c.log = l.id) s
    WHERE EXISTS (SELECT 1 FROM terms_checkpoint c WHERE c.log = l.id AND NOT c.published AND c.size > coalesce(s.shown, -1) AND c.at_ms < $1) ORDER BY l.id`, [String(nowMs - lateMs)])
  return rows.map(({ id }) => ({ severity: 'error' as const, says: `the log ${id} has not been signed for over a minute: the server's log and the events terms-trouble say why; weir log check names what does not fit` }))
}

/** Failures in a row after which an account, or the case behind a notice, counts as unread. */
const failuresTold = 3

/** What suppliers may have imposed or said, and could not be read there. */
async function unreadAtSuppliers(store: AdminPorts['store']): Promise<z.infer<typeof finding>[]> {
  const sql: Sql = (text, values) => store.query('admin', text, values)
  const accounts = (await readWatches(sql)).filter((one) => one.failures >= failuresTold)
    .map(({ id, account, party, failures, trouble }) => `account ${account} at ${party} could not be read ${failures} times in a row (${id}): ${trouble ?? 'no reason is known'}; what is imposed there is not seen: see weir notices watches`)
  const notices = (await unreadNotices(sql, Number.MAX_SAFE_INTEGER)).filter((one) => one.tries >= failuresTold)
    .map(({ id, party, trouble }) => `notice ${id} of ${party} waits, its case could not be read: ${trouble ?? 'no reason is known'}; look into the account there`)
  return [...accounts, ...notices].map((says) => ({ severity: 'warning' as const, says }))
}

/** Leases of nodes that are not there, and a database that waits for such nodes after a restore. */
async function absentNodes(store: AdminPorts['store']): Promise<z.infer<typeof finding>[]> {
  if (store.kind === 'embedded') return []
  const [fence] = await store.query<{ awaits: readonly string[] }>('admin', 'SELECT awaits FROM budget_fence WHERE budgets_fenced()')
  const gone = await store.query<{ journal: string }>('admin', `SELECT DISTINCT journal_id AS journal FROM lease l WHERE state <> 'written-off' AND lease_rest(granted, returned, spent) > 0
    AND changed_at < clock_timestamp() - interval '1 minute' AND NOT EXISTS (SELECT 1 FROM node n WHERE n.journal_id = l.journal_id AND n.seen_at > clock_timestamp() - interval '1 minute')`)
  const findings: z.infer<typeof finding>[] = gone.map(({ journal }) => ({
    severity: 'warning', says: `the node with the journal ${journal} is gone and has leased parts of budgets: start it with its data folder, or weir nodes write-off ${journal}`,
  }))
  if (fence !== undefined) findings.push({ severity: 'warning', says: `the database was restored, and no lease of a budget grows until every node has named its own${fence.awaits.length === 0 ? ': for some seconds more' : `; it waits for the nodes with the journals ${fence.awaits.join(', ')}: start them, or write them off`}` })
  return findings
}

function findingsOf(loss: Losses, waiting: ReturnType<AdminPorts['unshipped']>): z.infer<typeof finding>[] {
  const findings: z.infer<typeof finding>[] = []
  if (loss.lost !== 0) findings.push({ severity: 'error', says: `${Math.abs(loss.lost)} events are ${loss.lost > 0 ? 'neither posted nor in quarantine' : 'posted twice'}: keep the journals and report this` })
  if (loss.missing > 0) findings.push({ severity: 'error', says: `${loss.missing} records never arrived: their node had already forgotten them` })
  if (loss.quarantined > 0) findings.push({ severity: 'warning', says: `${loss.quarantined === 1 ? 'one event is' : `${loss.quarantined} events are`} in quarantine${loss.unpriced > 0 ? `, ${loss.unpriced} for want of a price` : ''}: see weir quarantine list, mend the cause, then weir quarantine redrive` })
  if ((waiting.oldestMs ?? 0) > lateMs) findings.push({ severity: 'warning', says: `${waiting.records} records are not shipped: see whether the database answers every node` })
  return findings
}
