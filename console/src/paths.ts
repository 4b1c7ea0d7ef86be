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
  readonly source?: string
  readonly outcome?: string
  readonly since?: string
}

export interface MoneyView {
  readonly range?: string
  readonly group?: string
  readonly organization?: string
  readonly model?: string
}

export const settingsTabs = ['appearance', 'tokens', 'doctor', 'quarantine', 'events'] as const
export type SettingsTab = (typeof settingsTabs)[number]

export const paths = {
  start: (): Place => ({ to: '/start' }),
  overview: (): Place => ({ to: '/overview' }),
  calls: (filter: CallFilter = {}): Place => ({ to: '/calls', search: clean({ ...filter }) }),
  call: (call: string): Place => ({ to: `/calls/${encodeURIComponent(call)}` }),
  playground: (models: readonly string[] = []): Place => ({ to: '/playground', search: clean({ models: models.join(',') }) }),
  models: (find?: string): Place => ({ to: '/models', search: clean({ find }) }),
  access: (project?: string): Place => ({ to: '/access', search: clean({ project }) }),
  money: (view: MoneyView = {}): Place => ({ to: '/money', search: clean({ ...view }) }),
  prices: (find?: string): Place => ({ to: '/money/prices', search: clean({ find }) }),
  invoices: (): Place => ({ to: '/money/invoices' }),
  settings: (tab: SettingsTab = 'appearance'): Place => ({ to: `/settings/${tab}` }),
} as const

/** A path with its query, as the address bar shows it. */
export const address = ({ to, search }: Place): string => (search === undefined || Object.keys(search).length === 0 ? to : `${to}?${new URLSearchParams(search).toString()}`)
