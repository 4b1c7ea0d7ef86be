/** From a notice as it came to the case that answers it: its case is read at the sender where it has to be, calls are matched, a case is opened. */
import { idMaker } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Keyring } from '../../kernel/sealing.ts'
import type { Sql, Store } from '../../store/store.ts'
import { everyOrganization } from '../cases/case.ts'
import { askSupplier } from './ask-supplier.ts'
import { matchCalls } from './match-calls.ts'
import type { MatchAsk } from './match-calls.ts'
import { openSource } from './notice-sources.ts'
import { findNotice, noteTrouble, rereadAfterMs, takeUpNotice, unreadNotices } from './notice-store.ts'
import type { StoredNotice } from './notice-store.ts'
import { readNotice } from './notice.ts'
import type { ReadNotice } from './notice.ts'

export interface TakeUpPorts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly keyring: () => Keyring
  /** Hosts whose addresses may be private. */
  readonly privateHosts: ReadonlySet<string>
  readonly pseudonym: MatchAsk['pseudonym']
}

const dayMs = 86_400_000
/** How far back calls are compared with a notice: as long as makers keep abuse logs, and the time to write to us. */
const lookBackMs = 90 * dayMs
/** Whether asking again can help: not where nobody may ask, or where the sender knows of no such case. */
type CaseRead = ReadNotice | { readonly failed: string; readonly forGood: boolean; readonly afterMs?: number }

/** OpenAI's safety case, as `GET /v1/safety/cases/{id}` gives it. */
async function readCase(ports: TakeUpPorts, notice: StoredNotice, id: string): Promise<CaseRead> {
  const source = notice.source === undefined ? undefined : await openSource((text, values) => ports.store.query('jobs', text, values), ports.keyring(), notice.source)
  if (source === undefined) return { failed: 'it has no source whose key could read the case', forGood: true }
  if ('failed' in source) return { ...source, forGood: false }
  if (source.key === undefined) return { failed: 'its source has no key that reads cases: register the source with one', forGood: true }
  const answer = await askSupplier(`${source.baseUrl.replace(/\/$/, '')}/safety/cases/${encodeURIComponent(id)}`, { authorization: `Bearer ${source.key}` }, ports.privateHosts, `its case ${id}`)
  if ('failed' in answer) return { ...answer, forGood: answer.status !== undefined && [400, 401, 403, 404, 410].includes(answer.status) }
  const read = readNotice('openai-safety-case', answer.body)
  return read.status === 'read' ? read.notice : { failed: read.says, forGood: true }
}

/** Takes one notice up; answers it as it stands afterwards. A notice that was taken up stays as it is. */
export async function takeUp(ports: TakeUpPorts, id: string): Promise<StoredNotice | undefined> {
  const { store, clock, random } = ports
  const ask: Sql = (text, values) => store.query('jobs', text, values)
  const notice = await findNotice(ask, id)
  if (notice === undefined || notice.reading !== undefined) return notice
  const own = readNotice(notice.form, notice.body)
  if (own.status === 'malformed') {
    await noteTrouble(ask, notice, own.says, clock.now())
    return findNotice(ask, id)
  }
  const fetched = own.notice.fetch === undefined ? own.notice : await readCase(ports, notice, own.notice.fetch)
  if ('failed' in fetched && !fetched.forGood && notice.tries < rereadAfterMs.length) {
    await noteTrouble(ask, notice, fetched.failed, clock.now(), fetched.afterMs)
    return findNotice(ask, id)
  }
  const read = 'failed' in fetched ? { ...own.notice, says: `${own.notice.says} Its case could not be read at the sender: ${fetched.failed}.` } : { ...fetched, external: own.notice.external }
  const atMs = clock.now()
  const matched = await matchCalls(ask, { notice: read, organization: notice.organization === everyOrganization ? undefined : notice.organization, fromMs: notice.atMs - lookBackMs, toMs: atMs + 1, pseudonym: ports.pseudonym })
  const caseId = idMaker(clock, random)('case')
  await store.transaction('revocation', (sql) => takeUpNotice(sql, notice, read, matched, caseId, atMs))
  return findNotice(ask, id)
}

/** The job: notices whose case could not be read before. Answers how many were tried. */
export async function takeUpWaiting(ports: TakeUpPorts): Promise<number> {
  const waiting = await unreadNotices((text, values) => ports.store.query('jobs', text, values), ports.clock.now())
  for (const { id } of waiting) await takeUp(ports, id)
  return waiting.length
}
