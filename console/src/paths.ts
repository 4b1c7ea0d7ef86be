/** Every link of the console is a function of this builder: what a page shows stands in its address. */
export type Search = Readonly<Record<string, string>>

/** Query texts of an address; empty ones are left out. */
const clean = (search: Readonly<Record<string, string | undefined>>): Search => Object.fromEntries(Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''))

export interface Place {
  readonly to: string
  readonly search?: Search
}

export interface CallFilter {
  readonly search?: string
  readonly organization?: string
  readonly project?: string
  readonly key?: string
  readonly model?: string
  readonly deployment?: string
  readonly supplier?: string
  readonly maker?: string
  readonly purpose?: string
  readonly operation?: string
  readonly source?: string
  readonly outcome?: string
  readonly since?: string
  /** RFC 3339; a span that ends takes the place of `since`. */
  readonly from?: string
  readonly to?: string
}

export interface MoneyView {
  readonly range?: string
  readonly from?: string
  readonly to?: string
  readonly group?: string
  readonly organization?: string
  readonly project?: string
  readonly model?: string
  readonly key?: string
  readonly deployment?: string
  readonly supplier?: string
  readonly maker?: string
  readonly purpose?: string
}

export interface OutlookView {
  readonly part?: string
  readonly month?: string
  readonly base?: string
  readonly customer?: string
  readonly scenario?: string
  readonly months?: string
  readonly signal?: string
}

/** A name in an address: slashes in it are no boundaries. */
const part = (name: string): string => encodeURIComponent(name)

export const settingsTabs = ['appearance', 'members', 'tokens', 'doctor', 'quarantine', 'events', 'governance', 'webhooks', 'content'] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const registerKinds = ['purposes', 'attestations', 'agreements', 'exclusivities'] as const
export type RegisterKind = (typeof registerKinds)[number]

export const paths = {
  theCase: (view: { readonly view?: string; readonly chapter?: string } = {}): Place => ({ to: '/the-case', search: clean({ ...view }) }),
  outlook: ({ part: section = '', ...view }: OutlookView = {}): Place => ({ to: section === '' ? '/outlook' : `/outlook/${section}`, search: clean({ ...view }) }),
  start: (): Place => ({ to: '/start' }),
  overview: (): Place => ({ to: '/overview' }),
  calls: (filter: CallFilter = {}): Place => ({ to: '/calls', search: clean({ ...filter }) }),
  call: (call: string): Place => ({ to: `/calls/${encodeURIComponent(call)}` }),
  playground: (models: readonly string[] = []): Place => ({ to: '/playground', search: clean({ models: models.join(',') }) }),
  models: (find?: string): Place => ({ to: '/models', search: clean({ find }) }),
  access: (project?: string): Place => ({ to: '/access', search: clean({ project }) }),
  money: (view: MoneyView = {}): Place => ({ to: '/money', search: clean({ ...view }) }),
  prices: (find?: string): Place => ({ to: '/money/prices', search: clean({ find }) }),
  contracts: (): Place => ({ to: '/money/contracts' }),
  contract: (id: string): Place => ({ to: `/money/contracts/${part(id)}` }),
  invoices: (): Place => ({ to: '/money/invoices' }),
  invoice: (id: string): Place => ({ to: `/money/invoices/${part(id)}` }),
  payments: (): Place => ({ to: '/money/payments' }),
  statements: (): Place => ({ to: '/money/statements' }),
  statement: (id: string): Place => ({ to: `/money/statements/${part(id)}` }),
  margins: (month?: string): Place => ({ to: '/money/margins', search: clean({ month }) }),
  exposure: (): Place => ({ to: '/money/exposure' }),
  reconciliations: (): Place => ({ to: '/money/reconciliation' }),
  reconciliation: (id: string, kind?: string): Place => ({ to: `/money/reconciliation/${part(id)}`, search: clean({ kind }) }),
  exports: (): Place => ({ to: '/money/exports' }),
  account: (): Place => ({ to: '/account' }),
  terms: (find?: { readonly find?: string; readonly maker?: string; readonly state?: string }): Place => ({ to: '/terms', search: clean({ ...find }) }),
  clause: (id: string): Place => ({ to: `/terms/clauses/${part(id)}` }),
  explain: (organization?: string, purpose?: string): Place => ({ to: '/terms/use', search: clean({ organization, purpose }) }),
  register: (kind: RegisterKind = 'purposes'): Place => ({ to: `/terms/register/${kind}` }),
  datasets: (id?: string): Place => ({ to: '/terms/datasets', search: clean({ id }) }),
  decisions: (): Place => ({ to: '/terms/decisions' }),
  decision: (id: string): Place => ({ to: `/terms/decisions/${part(id)}` }),
  logs: (call?: string): Place => ({ to: '/terms/logs', search: clean({ call }) }),
  cases: (show?: string): Place => ({ to: '/cases', search: clean({ show }) }),
  case: (id: string): Place => ({ to: `/cases/of/${part(id)}` }),
  signals: (): Place => ({ to: '/cases/signals' }),
  referrals: (): Place => ({ to: '/cases/referrals' }),
  notices: (): Place => ({ to: '/cases/notices' }),
  drills: (): Place => ({ to: '/cases/drills' }),
  settings: (tab: SettingsTab = 'appearance'): Place => ({ to: `/settings/${tab}` }),
} as const

/** A path with its query, as the address bar shows it. */
export const address = ({ to, search }: Place): string => (search === undefined || Object.keys(search).length === 0 ? to : `${to}?${new URLSearchParams(search).toString()}`)
