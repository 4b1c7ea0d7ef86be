/**
 * What only the sandbox has, under `/_sandbox/`: its bill, its accounts, its profile.
 *
 *   GET  bill[?account=ID&after=ENTRY&limit=N&format=csv]     GET  accounts
 *   POST accounts/{key or id}/suspend | reinstate | cache | no-cache
 *   POST profile  {…}   replaces the profile (profile.ts); faults of chance included
 */
import type { Accounts } from './accounts.ts'
import { billCsv, type BillBook } from './bill.ts'
import type { Body } from './body.ts'
import { sandboxProfile, type SandboxProfile } from './profile.ts'

interface AdminAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

const pageMax = 10_000

const ok = (value: unknown): AdminAnswer => ({ status: 200, contentType: 'application/json', body: JSON.stringify(value) })
const failed = (status: number, message: string): AdminAnswer => ({ status, contentType: 'application/json', body: JSON.stringify({ error: { message } }) })

export interface AdminDesk {
  readonly bills: BillBook
  readonly accounts: Accounts
  readonly setProfile: (profile: SandboxProfile) => void
}

export function adminAnswer(request: { readonly method: string; readonly url: URL; readonly body: Body }, desk: AdminDesk): AdminAnswer {
  const { method, url, body } = request
  const path = url.pathname.slice('/_sandbox/'.length)
  if (method === 'GET' && path === 'bill') return billPage(url.searchParams, desk)
  if (method === 'GET' && path === 'accounts') return ok({ data: desk.accounts.list() })
  if (method === 'POST' && path === 'profile') {
    const read = sandboxProfile(body)
    if ('failed' in read) return failed(400, read.failed)
    desk.setProfile(read.profile)
    return ok(read.profile)
  }
  const account = /^accounts\/([^/]+)\/(suspend|reinstate|cache|no-cache)$/.exec(path)
  if (method !== 'POST' || account === null) return failed(404, 'under /_sandbox/ there are: GET bill, GET accounts, POST profile, POST accounts/{key}/suspend, reinstate, cache, no-cache')
  const id = desk.accounts.resolve(decodeURIComponent(account[1] ?? ''))
  const action = account[2]
  if (action === 'suspend' || action === 'reinstate') desk.accounts.setSuspended(id, action === 'suspend')
  else desk.accounts.setCache(id, action === 'cache')
  return ok({ account: id, done: action })
}

function billPage(query: URLSearchParams, desk: AdminDesk): AdminAnswer {
  const account = query.get('account')
  const limit = Number(query.get('limit') ?? pageMax)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > pageMax) return failed(400, `limit is a whole number from 1 to ${pageMax}`)
  const bill = desk.bills.read({ account: account === null ? undefined : desk.accounts.resolve(account), after: query.get('after') ?? undefined, limit })
  if (query.get('format') === 'csv') return { status: 200, contentType: 'text/csv; charset=utf-8', body: billCsv(bill) }
  return ok(bill)
}
