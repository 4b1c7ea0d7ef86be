/**
 * What each page asks the admin API first. Who may not ask that has no such page: it stands in no menu and no row of tabs,
 * no link leads there, and its address answers that it is not permitted.
 */
import type { Route } from './api.ts'
import { mayAsk } from './session.ts'

/** By the beginning of the path, the longest first. */
const first: readonly (readonly [string, Route])[] = ([
  ['/the-case', 'GET /admin/v1/demo'], ['/start', 'GET /admin/v1/models'], ['/overview', 'GET /admin/v1/service'], ['/calls', 'GET /admin/v1/calls'], ['/playground', 'GET /admin/v1/models'], ['/models', 'GET /admin/v1/models'], ['/access', 'GET /admin/v1/keys'],
  ['/money', 'GET /admin/v1/usage'], ['/money/contracts', 'GET /admin/v1/contracts'], ['/money/invoices', 'GET /admin/v1/invoices'], ['/money/payments', 'GET /admin/v1/payments'], ['/money/statements', 'GET /admin/v1/statements'], ['/money/margins', 'GET /admin/v1/margins'],
  ['/money/exposure', 'GET /admin/v1/exposure'], ['/money/reconciliation', 'GET /admin/v1/reconciliations'], ['/money/prices', 'GET /admin/v1/prices'], ['/money/exports', 'GET /admin/v1/focus/{dataset}'],
  ['/terms', 'GET /admin/v1/terms/clauses'], ['/terms/datasets', 'GET /admin/v1/lineage'], ['/terms/logs', 'GET /admin/v1/logs'],
  ['/cases', 'GET /admin/v1/cases'], ['/cases/signals', 'GET /admin/v1/signals'], ['/cases/referrals', 'GET /admin/v1/referrals'], ['/cases/notices', 'GET /admin/v1/notices'], ['/cases/drills', 'GET /admin/v1/drills'],
  ['/outlook', 'GET /admin/v1/outlook'],
  ['/settings/members', 'GET /admin/v1/users'], ['/settings/tokens', 'GET /admin/v1/tokens'], ['/settings/doctor', 'GET /admin/v1/doctor'], ['/settings/quarantine', 'GET /admin/v1/quarantine'], ['/settings/events', 'GET /admin/v1/events'],
  ['/settings/governance', 'GET /admin/v1/logs/governance'], ['/settings/webhooks', 'GET /admin/v1/webhook-endpoints'], ['/settings/content', 'GET /admin/v1/holds'],
] as const satisfies readonly (readonly [string, Route])[]).toSorted(([one], [other]) => other.length - one.length)

/** Whether there is a page at a path for the one who is signed in. */
export function mayOpen(path: string): boolean {
  const found = first.find(([begins]) => path === begins || path.startsWith(`${begins}/`))
  return found === undefined || mayAsk(found[1])
}
