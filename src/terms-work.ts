/** What the leading control node does for terms by the clock: webhooks, notices, cases, holds, books against receipts, screening. */
import { judgeDiversions } from './admin/divert.ts'
import { screenAll } from './admin/screen-parties.ts'
import { judgeOf } from './admin/terms-desk.ts'
import { callersIn, completeness } from './admin/completeness.ts'
import type { AdminPorts } from './admin/ports.ts'
import { isoTime } from './kernel/clock.ts'
import { carryingCases, recordSuspensions } from './ledger/contracts/record-suspensions.ts'
import { keepsMore } from './gateway/data-retention.ts'
import { pseudonymOf } from './kernel/sealing.ts'
import { raiseEvent } from './ledger/events.ts'
import { makeTokenSource } from './providers/entra.ts'
import type { Job } from './run-jobs.ts'
import type { Sql } from './store/store.ts'
import { openCase } from './terms/cases/case-store.ts'
import { everyOrganization } from './terms/cases/case.ts'
import { workCases } from './terms/cases/clock-work.ts'
import { readSuspensions } from './terms/cases/suspensions.ts'
import { endHolds } from './terms/content/holds.ts'
import { readAccounts } from './terms/mirror/read-accounts.ts'
import { takeUpWaiting } from './terms/mirror/take-up.ts'
import { deliverDue, forgetDeliveries, postMessages } from './terms/webhooks/deliver.ts'

type WorkPorts = Pick<AdminPorts, 'store' | 'clock' | 'resources' | 'masterKey' | 'privateHosts' | 'snapshot' | 'terms'>

const secondMs = 1_000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Books are compared with receipts once an hour is closed and everything of it had time to be posted. */
const settledMs = 10 * minuteMs

/** A supplier's bill that the books cannot explain is a case, once a bill (T1). */
export async function openBooksCases({ store, clock }: Pick<WorkPorts, 'store' | 'clock'>): Promise<number> {
  return store.transaction('jobs', async (sql) => {
    const rows = await sql<{ id: string; kind: string; subject: string; body: Readonly<Record<string, unknown>> }>(
      `SELECT id, kind, subject, body FROM event e WHERE kind IN ('reconciliation-unexplained', 'receipts-differ') AND NOT EXISTS (SELECT 1 FROM terms_case_event c WHERE c.case_id = 'case_' || substr(e.id, 7)) ORDER BY at LIMIT 20`)
    for (const { id, kind, subject, body } of rows) {
      const organization = kind === 'receipts-differ' ? subject.replace(/^organization\//, '') : everyOrganization
      const says = kind === 'receipts-differ'
        ? `Receipts and ledger differ from ${String(body['from'])} to ${String(body['to'])}: ${String(body['says'])}.`
        : `The bill ${String(body['bill'])} of ${subject} does not agree with the books: ${String(body['unexplained'])} ${String(body['currency'])} that nothing explains, ${String(body['outsideGateway'])} ${String(body['currency'])} outside the gateway.`
      await openCase(sql, `case_${id.slice(6)}`, {
        kind: 'signalled', organization, about: { organization }, source: 'own_initiative', matter: 'books_differ', clause: 'books.agree', says, evidence: [id, ...(typeof body['reconciliation'] === 'string' ? [body['reconciliation']] : [])],
      }, 'reconciliation', clock.now())
    }
    return rows.length
  })
}

/**
 * What a suspension does to a customer's contracts is written into them, from the instant at which it holds until it is
 * lifted: the terms know when, the ledger knows which rules run on, pause or end. Also for months that are billed: what
 * that changes is shown by a re-rating. Answers how many contracts got a new version.
 */
export async function carrySuspensions({ store, clock }: Pick<WorkPorts, 'store' | 'clock'>): Promise<number> {
  const sql: Sql = (text, values) => store.query('jobs', text, values)
  const suspended = await readSuspensions(sql)
  let done = 0
  for (const organization of new Set([...suspended.keys(), ...await carryingCases(sql)])) {
    const spans = (suspended.get(organization) ?? []).map(({ organization: _, ...span }) => span)
    for (const { contract, version, suspensions } of await recordSuspensions(store, clock, organization, spans)) {
      done += 1
      const open = suspensions.filter((span) => span.until === undefined || Date.parse(span.until) > clock.now())
      await raiseEvent(sql, clock, open.length > 0 ? 'contract-suspended' : 'contract-resumed', `contract/${contract}`, String(version), { contract, version, organization, cases: [...new Set(suspensions.map((span) => span.case))] })
    }
  }
  return done
}

/** Hours compared in one run; what is left comes with the next. */
const hoursAtOnce = 200
/** What is older was closed with its month, and was compared when it was. */
const lookBackMs = 31 * 24 * hourMs

/** Where comparing goes on: after the last hour that was compared, also where no control node ran since; at first, where books begin. */
async function firstUncompared(sql: Sql, toMs: number): Promise<number> {
  const [before] = await sql<{ through: string | null }>('SELECT (SELECT through_ms FROM terms_books_compared) AS through')
  const [books] = await sql<{ minute: string | null }>('SELECT min(minute) AS minute FROM usage_minute WHERE minute >= $1', [String((toMs - lookBackMs) / minuteMs)])
  const begun = books?.minute === null || books?.minute === undefined ? toMs : Math.floor((Number(books.minute) * minuteMs) / hourMs) * hourMs
  return Math.max(Number(before?.through ?? begun), toMs - lookBackMs)
}

/** Receipts against books, for every closed hour that was not compared yet, and every organization that called in it. */
export async function compareBooks({ store, clock }: Pick<WorkPorts, 'store' | 'clock'>): Promise<number> {
  const toMs = Math.floor((clock.now() - settledMs) / hourMs) * hourMs
  const sql: Sql = (text, values) => store.query('jobs', text, values)
  const sinceMs = await firstUncompared(sql, toMs)
  const untilMs = Math.min(toMs, sinceMs + hoursAtOnce * hourMs)
  let different = 0
  for (let fromMs = sinceMs; fromMs < untilMs; fromMs += hourMs) {
    for (const organization of await callersIn(sql, fromMs, fromMs + hourMs)) {
      const { compared } = await completeness(sql, organization, fromMs, fromMs + hourMs)
      if (compared.status === 'equal') continue
      different += 1
      await raiseEvent(sql, clock, 'receipts-differ', `organization/${organization}`, isoTime(fromMs), { organization, from: isoTime(fromMs), to: isoTime(fromMs + hourMs), says: compared.says.join('; ') })
    }
    await sql('INSERT INTO terms_books_compared (through_ms) VALUES ($1) ON CONFLICT (one) DO UPDATE SET through_ms = greatest(terms_books_compared.through_ms, excluded.through_ms)', [String(fromMs + hourMs)])
  }
  return different
}

async function tellOverdue({ store, clock }: WorkPorts): Promise<void> {
  const sql: Sql = (text, values) => store.query('jobs', text, values)
  await workCases(store, clock.now(), async ({ overdue, lapsed }) => {
    for (const { case: id, organization, what, occasion } of overdue) await raiseEvent(sql, clock, 'case-overdue', `case/${id}`, occasion, { case: id, organization, what })
    for (const { case: id, restriction } of lapsed) await raiseEvent(sql, clock, 'restriction-lapsed', `case/${id}`, restriction, { case: id, restriction })
  })
}

async function tellHolds({ store, clock }: WorkPorts): Promise<void> {
  await store.transaction('jobs', async (sql) => {
    const { ended, soon } = await endHolds(sql, clock.now())
    for (const hold of ended) await raiseEvent(sql, clock, 'hold-ended', `hold/${hold.id}`, 'ended', { hold: hold.id, organization: hold.organization, matter: hold.matter })
    for (const hold of soon) await raiseEvent(sql, clock, 'hold-ends-soon', `hold/${hold.id}`, String(hold.untilMs), { hold: hold.id, organization: hold.organization, matter: hold.matter, until: isoTime(hold.untilMs) })
  })
}

async function tellScreening(ports: WorkPorts): Promise<void> {
  const sql: Sql = (text, values) => ports.store.query('jobs', text, values)
  for (const { hit, review } of await screenAll(ports)) {
    if (review === undefined) await raiseEvent(sql, ports.clock, 'screening-hit', `${hit.party.kind}/${hit.party.id}`, hit.id, { hit: hit.id, list: hit.list, reference: hit.reference, name: hit.name })
  }
}

/** What weir.yaml says of the retention of an account's deployments in a region; the strictest where they differ. */
function judgeRetention({ snapshot }: Pick<WorkPorts, 'snapshot'>, account: string, region: string | undefined, mode: string): { readonly declared: string; readonly keepsMore: boolean } {
  const modes = [...(snapshot()?.models.values() ?? [])].flatMap((model) => model.deployments)
    .filter((one) => one.provider.account === account && (region === undefined || one.region === undefined || one.region === region)).map((one) => one.retentionMode ?? 'inherit')
  const broken = modes.find((declared) => keepsMore(mode, declared))
  return { declared: broken ?? modes[0] ?? 'inherit', keepsMore: broken !== undefined }
}

export function termsJobs(ports: WorkPorts): { readonly jobs: readonly Job[]; readonly close: () => Promise<void> } {
  const { store, clock, resources, masterKey, privateHosts } = ports
  const { random } = resources.ports
  const { post, close } = postMessages(privateHosts)
  const sending = { store, clock, random, keyring: masterKey.keyring }
  const mirror = { ...sending, privateHosts, pseudonym: pseudonymOf(resources.hash) }
  const entra = makeTokenSource({ clock })
  const reading = {
    ...mirror, accessToken: async (account: Parameters<typeof entra.token>[0]) => entra.token(account), judgeRetention: judgeRetention.bind(undefined, ports),
    raise: (sql: Sql, kind: string, subject: string, occasion: string, body: Parameters<typeof raiseEvent>[5]) => raiseEvent(sql, clock, kind, subject, occasion, body),
  }
  const jobs: readonly Job[] = [
    { name: 'delivering webhooks', everyMs: secondMs, run: () => deliverDue({ ...sending, post }) },
    { name: 'forgetting webhooks', everyMs: hourMs, run: () => forgetDeliveries((text, values) => store.query('jobs', text, values), clock.now()) },
    { name: 'taking up notices', everyMs: 5 * secondMs, run: () => takeUpWaiting(mirror) },
    { name: 'reading accounts at suppliers', everyMs: 5 * secondMs, run: () => readAccounts(reading) },
    { name: 'ancestry of diversions', everyMs: 5 * secondMs, run: () => judgeDiversions({ ...ports, ancestry: judgeOf(ports) }) },
    { name: 'clocks of cases', everyMs: minuteMs, run: () => tellOverdue(ports) },
    { name: 'ends of holds', everyMs: minuteMs, run: () => tellHolds(ports) },
    { name: 'cases of the books', everyMs: 5 * secondMs, run: () => openBooksCases(ports) },
    { name: 'suspensions onto contracts', everyMs: 5 * secondMs, run: () => carrySuspensions(ports) },
    { name: 'receipts against books', everyMs: 10 * minuteMs, run: () => compareBooks(ports) },
    { name: 'screening parties', everyMs: hourMs, run: () => tellScreening(ports) },
  ]
  return { jobs, close }
}
