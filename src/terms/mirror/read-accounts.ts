/**
 * What suppliers impose without telling: it stands in the account, and is learned by reading it. Azure states an abuse
 * penalty among the properties of a Cognitive Services account (Azure Resource Manager, Accounts - Get, read 2026-11-28);
 * Bedrock states the data retention mode of an account, or of a project, in one Region (GET /v1/data_retention and
 * /v1/organization/projects/{id}, docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html, read 2026-11-28).
 * Reading changes nothing there.
 */
import { z } from 'zod'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/ids.ts'
import type { Sql } from '../../store/store.ts'
import { openCase } from '../cases/case-store.ts'
import { recordEvent } from '../log/governance.ts'
import type { AccountWatch, DueWatch, WatchKind } from './account-watches.ts'
import { couldNotRead, sawState, secretOf, takeDue } from './account-watches.ts'
import { askSupplier } from './ask-supplier.ts'
import { keepNotice } from './notice-store.ts'
import { abusePenaltySchema, readNotice } from './notice.ts'
import { endPenalties } from './penalties.ts'
import { takeUp, type TakeUpPorts } from './take-up.ts'

/** Resource Manager lets a subscription read 25 times a second, Bedrock does not say: this is far below either. */
export const everyMs = 5 * 60_000
const backOffMaxMs = 3_600_000
/** A reading that takes longer was lost with its node, and is taken again. */
const takenMs = 60_000
/** So many failures in a row are told. */
const toldAfter = 3
const azureScope = 'https://management.azure.com/.default'

export interface ClientAccount { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string; readonly authority: string | undefined; readonly scope: string }

export interface ReadAccountsPorts extends TakeUpPorts {
  /** Entra's token for what an application may read. */
  readonly accessToken: (account: ClientAccount) => Promise<{ readonly token: string } | { readonly failed: string }>
  /** What weir.yaml says of the account's retention there, and whether a mode lets the supplier keep more than that. */
  readonly judgeRetention: (account: string, region: string | undefined, mode: string) => { readonly declared: string; readonly keepsMore: boolean }
  readonly raise: (sql: Sql, kind: string, subject: string, occasion: string, body: { readonly [key: string]: Json }) => Promise<void>
}

const azureAccount = z.object({ properties: z.object({ abusePenalty: abusePenaltySchema.nullish() }) })
const retention = z.union([z.object({ mode: z.string().min(1) }), z.object({ data_retention: z.object({ mode: z.string().min(1) }) }).transform((project) => project.data_retention)])

/** No penalty; Bedrock's word for keeping nothing is the same. */
const none = 'none'

/** What counts as the account's state, out of the whole answer. */
const stateOf: Readonly<Record<WatchKind, (body: unknown) => Json>> = {
  'azure-account': (body) => (azureAccount.parse(body).properties.abusePenalty ?? none) as Json,
  'bedrock-retention': (body) => retention.parse(body).mode,
}

type Read = { readonly state: Json } | { readonly failed: string; readonly afterMs?: number }

async function headersFor(ports: ReadAccountsPorts, watch: DueWatch): Promise<Readonly<Record<string, string>> | { readonly failed: string }> {
  const secret = secretOf(ports.keyring(), watch)
  if ('failed' in secret) return secret
  // Bedrock's control plane takes a bearer token, its OpenAI-like surface a key of its own.
  if (watch.kind === 'bedrock-retention') return new URL(watch.url).pathname.startsWith('/v1/') ? { 'x-api-key': secret.clear } : { authorization: `Bearer ${secret.clear}` }
  const granted = await ports.accessToken({ tenantId: watch.tenant ?? '', clientId: watch.client ?? '', clientSecret: secret.clear, authority: watch.authority, scope: azureScope })
  return 'failed' in granted ? granted : { authorization: `Bearer ${granted.token}` }
}

async function readAccount(ports: ReadAccountsPorts, watch: DueWatch): Promise<Read> {
  const headers = await headersFor(ports, watch)
  if (typeof headers['failed'] === 'string') return { failed: headers['failed'] }
  const answer = await askSupplier(watch.url, headers as Readonly<Record<string, string>>, ports.privateHosts, `account ${watch.account}`)
  if ('failed' in answer) return answer
  try {
    return { state: stateOf[watch.kind](answer.body) }
  } catch (cause) {
    if (cause instanceof z.ZodError) return { failed: `the answer is not ${watch.kind}: ${cause.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ')}` }
    throw cause
  }
}

const actorOf = (watch: AccountWatch): string => `reading of ${watch.party}`

/** A penalty is a notice like one that was sent: kept, matched, answered by a case. Answers its id. */
async function toldPenalty(sql: Sql, ports: ReadAccountsPorts, watch: AccountWatch, penalty: Json, atMs: number): Promise<string | undefined> {
  // What was read before holds no longer, whether nothing or something else came in its place.
  await endPenalties(sql, watch.account, 'The account is read without it.', actorOf(watch), atMs)
  if (penalty === none) {
    await ports.raise(sql, 'supplier-penalty-ended', `account/${watch.account}`, isoTime(atMs), { account: watch.account, party: watch.party, says: `${watch.party} no longer penalizes account ${watch.account}.` })
    return undefined
  }
  const body = { name: watch.account, properties: { abusePenalty: penalty } }
  const read = readNotice('azure-abuse-penalty', body)
  if (read.status === 'malformed') return undefined
  // The account may be penalized again in the same words: when it was seen makes it another notice.
  const external = `${read.notice.external} seen ${isoTime(atMs)}`
  const kept = await keepNotice(sql, { id: idMaker(ports.clock, ports.random)('notice'), party: watch.party, external, form: 'azure-abuse-penalty', organization: watch.organization, body, actor: actorOf(watch), atMs })
  return kept.id
}

/** A mode that lets the supplier keep more than we declared and promised is a case; every change is told. */
async function toldRetention(sql: Sql, ports: ReadAccountsPorts, watch: AccountWatch, mode: string, atMs: number): Promise<void> {
  const { declared, keepsMore } = ports.judgeRetention(watch.account, watch.region, mode)
  const where = `account ${watch.account}${watch.region === undefined ? '' : ` in ${watch.region}`}`
  const says = `${watch.party} holds ${where} at data retention ${mode}; weir.yaml says ${declared}.`
  await ports.raise(sql, 'retention-mode', `account/${watch.account}`, isoTime(atMs), { account: watch.account, party: watch.party, ...(watch.region === undefined ? {} : { region: watch.region }), mode, declared, says })
  if (!keepsMore) return
  const caseId = idMaker(ports.clock, ports.random)('case')
  await openCase(sql, caseId, {
    kind: 'signalled', organization: watch.organization, about: { organization: watch.organization }, source: 'own_initiative', matter: 'terms_breach', clause: 'aws.retention',
    says: `${says} While it stands so, whoever was promised less is not served there, where the clause aws.retention is signed off; where it is not, restrict the model in this case. Set the account back, or say in weir.yaml what it is.`, evidence: [`account-watch/${watch.id}`],
  }, actorOf(watch), atMs)
}

/** Reads one account, and tells what changed since it was read before. */
async function readOne(ports: ReadAccountsPorts, watch: DueWatch): Promise<void> {
  const read = await readAccount(ports, watch)
  const atMs = ports.clock.now()
  if ('failed' in read) {
    const failures = watch.failures + 1
    await ports.store.transaction('jobs', async (sql) => {
      await couldNotRead(sql, watch.id, read.failed, atMs + Math.max(read.afterMs ?? 0, Math.min(backOffMaxMs, everyMs * 2 ** Math.min(failures - 1, 10))))
      if (failures === toldAfter) await ports.raise(sql, 'account-unread', `account/${watch.account}`, isoTime(atMs), { account: watch.account, party: watch.party, says: `${failures} readings in a row failed: ${read.failed}. What ${watch.party} imposes there is not seen meanwhile.` })
    })
    return
  }
  const changed = watch.state === undefined ? read.state !== none : canonicalJson(watch.state) !== canonicalJson(read.state)
  const notice = await ports.store.transaction('revocation', async (sql) => {
    if (!(await sawState(sql, watch, read.state, atMs, atMs + everyMs)) || !changed) return undefined
    await recordEvent(sql, { kind: 'account-read', atMs, actor: actorOf(watch), subject: `account-watch/${watch.id}`, body: { account: watch.account, state: read.state } })
    if (watch.kind === 'azure-account') return toldPenalty(sql, ports, watch, read.state, atMs)
    if (typeof read.state === 'string') await toldRetention(sql, ports, watch, read.state, atMs)
    return undefined
  })
  if (notice !== undefined) await takeUp(ports, notice)
}

/** The job: accounts whose turn it is. Answers how many were read. */
export async function readAccounts(ports: ReadAccountsPorts): Promise<number> {
  const nowMs = ports.clock.now()
  const due = await takeDue((text, values) => ports.store.query('jobs', text, values), nowMs, nowMs + takenMs)
  for (const watch of due) await readOne(ports, watch)
  return due.length
}
