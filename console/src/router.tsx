/** Routes of the console; pages load when they are first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { ask } from './api.ts'
import { Shell } from './shell.tsx'
import { NotFound, PageFailed } from './parts/states.tsx'
import { may } from './session.ts'
import { address, paths, type Place, type Search } from './paths.ts'

/** Addresses hold plain text: no JSON in them, so that people can read and write them. */
const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text))
const stringifySearch = (search: Readonly<Record<string, unknown>>): string => {
  const given = Object.entries(search).filter(([, value]) => typeof value === 'string' && value !== '') as [string, string][]
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

/** On a sandbox installation the case comes first, elsewhere what is going on. */
async function firstPlace(): Promise<Place> {
  const otherwise = may('usage.read') ? paths.overview() : paths.money()
  // Whoever may not ask, or gets no answer, begins where everybody does.
  return may('demo.read') ? ask('GET /admin/v1/demo', {}).then(({ playable }) => (playable ? paths.theCase() : otherwise), () => otherwise) : otherwise
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed, validateSearch: (search: Record<string, unknown>): Record<string, string | undefined> => search as Record<string, string | undefined> })
const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: async () => { throw redirect({ href: address(await firstPlace()) }) } })
const page = (path: string, load: () => Promise<Record<string, unknown>>, name: string) => createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as () => Promise<Record<string, never>>, name as never) })

const tree = root.addChildren([
  home,
  page('/the-case', () => import('./pages/the-case.tsx'), 'TheCasePage'),
  page('/outlook', () => import('./pages/outlook.tsx'), 'OutlookPage'),
  page('/outlook/$part', () => import('./pages/outlook.tsx'), 'OutlookPage'),
  page('/start', () => import('./pages/first-minute.tsx'), 'FirstMinutePage'),
  page('/overview', () => import('./pages/overview.tsx'), 'OverviewPage'),
  page('/calls', () => import('./pages/calls.tsx'), 'CallsPage'),
  page('/calls/$call', () => import('./pages/call.tsx'), 'CallPage'),
  page('/playground', () => import('./pages/playground.tsx'), 'PlaygroundPage'),
  page('/models', () => import('./pages/models.tsx'), 'ModelsPage'),
  page('/access', () => import('./pages/access.tsx'), 'AccessPage'),
  page('/money', () => import('./pages/money.tsx'), 'MoneyPage'),
  page('/money/prices', () => import('./pages/prices.tsx'), 'PricesPage'),
  page('/money/contracts', () => import('./pages/contracts.tsx'), 'ContractsPage'),
  page('/money/contracts/$id', () => import('./pages/contract.tsx'), 'ContractPage'),
  page('/money/invoices', () => import('./pages/invoices.tsx'), 'InvoicesPage'),
  page('/money/invoices/$id', () => import('./pages/invoice.tsx'), 'InvoicePage'),
  page('/money/payments', () => import('./pages/payments.tsx'), 'PaymentsPage'),
  page('/money/statements', () => import('./pages/statements.tsx'), 'StatementsPage'),
  page('/money/statements/$id', () => import('./pages/statement.tsx'), 'StatementPage'),
  page('/money/margins', () => import('./pages/margins.tsx'), 'MarginsPage'),
  page('/money/exposure', () => import('./pages/exposure.tsx'), 'ExposurePage'),
  page('/money/reconciliation', () => import('./pages/reconciliations.tsx'), 'ReconciliationsPage'),
  page('/money/reconciliation/$id', () => import('./pages/reconciliation.tsx'), 'ReconciliationPage'),
  page('/money/exports', () => import('./pages/exports.tsx'), 'ExportsPage'),
  page('/account', () => import('./pages/account.tsx'), 'AccountPage'),
  page('/terms', () => import('./pages/clauses.tsx'), 'ClausesPage'),
  page('/terms/clauses/$id', () => import('./pages/clause.tsx'), 'ClausePage'),
  page('/terms/use', () => import('./pages/explain.tsx'), 'ExplainPage'),
  page('/terms/register/$kind', () => import('./pages/register.tsx'), 'RegisterPage'),
  page('/terms/datasets', () => import('./pages/datasets.tsx'), 'DatasetsPage'),
  page('/terms/decisions', () => import('./pages/decisions.tsx'), 'DecisionsPage'),
  page('/terms/decisions/$id', () => import('./pages/decision.tsx'), 'DecisionPage'),
  page('/terms/logs', () => import('./pages/logs.tsx'), 'LogsPage'),
  page('/cases', () => import('./pages/cases.tsx'), 'CasesPage'),
  page('/cases/of/$id', () => import('./pages/case.tsx'), 'CasePage'),
  page('/cases/referrals', () => import('./pages/referrals.tsx'), 'ReferralsPage'),
  page('/cases/notices', () => import('./pages/notices.tsx'), 'NoticesPage'),
  page('/cases/drills', () => import('./pages/drills.tsx'), 'DrillsPage'),
  page('/cases/signals', () => import('./pages/signals.tsx'), 'SignalsPage'),
  page('/settings', () => import('./pages/settings.tsx'), 'SettingsPage'),
  page('/settings/$tab', () => import('./pages/settings.tsx'), 'SettingsPage'),
])

export const router = createRouter({ routeTree: tree, parseSearch, stringifySearch, defaultPreload: 'intent', scrollRestoration: true, defaultErrorComponent: PageFailed })
