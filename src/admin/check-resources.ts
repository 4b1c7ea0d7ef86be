/**
 * What no schema can see: whether resources fit together. Every finding says where (a path as in weir.yaml), what is wrong
 * and what to do.
 */
import type { DialectName } from '../dialects/dialect.ts'
import { budgetsIn, type Catalogue, deploymentId, pricing } from '../gateway/build-snapshot.ts'
import type { BudgetResource, DeploymentResource, ProviderResource } from '../gateway/resources.ts'
import { meters } from '../kernel/meters.ts'
import type { PriceSheet } from '../ledger/price.ts'
import type { ProviderType } from '../providers/provider.ts'
import { all, type State } from './entries.ts'

export interface Finding {
  readonly path: readonly (string | number)[]
  readonly says: string
}

export interface CheckContext {
  readonly catalogue: Catalogue
  /** Names for messages. */
  readonly providerTypes: readonly string[]
  /** The sheet in force now, the rows about to be written included. */
  readonly sheet: (list: string, model: string, regionClass: string) => PriceSheet | undefined
  /** Infrastructure assets that are saved. */
  readonly assets: ReadonlySet<string>
}

const dialects: readonly DialectName[] = [
  'openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic-messages', 'openai-completions', 'openai-moderations', 'openai-images',
  'openai-transcriptions', 'anthropic-count-tokens',
]

export function checkResources(state: State, context: CheckContext): readonly Finding[] {
  const findings: Finding[] = []
  const find = (path: Finding['path'], says: string): void => void findings.push({ path, says })
  checkProviders(state, context, find)
  const currencies = checkModels(state, context, find)
  checkAccess(state, currencies, find)
  for (const { body } of all(state, 'price')) {
    if (!(meters as readonly string[]).includes(body.spec.meter)) find(['prices'], `${body.spec.list} ${body.spec.model}: unknown meter ${body.spec.meter}; expected one of ${meters.join(', ')}`)
  }
  return findings
}

type Find = (path: Finding['path'], says: string) => void

function checkProviders(state: State, { catalogue, providerTypes, assets }: CheckContext, find: Find): void {
  for (const { name, body: { spec } } of all(state, 'provider')) {
    const path = ['providers', name]
    const type = catalogue.providerType(spec.type)
    if (type === undefined) {
      find([...path, 'type'], `unknown provider type ${spec.type}; expected one of ${providerTypes.join(', ')}`)
      continue
    }
    if (spec.baseUrl === undefined && type.baseUrl === undefined && type.inProcess !== true) find([...path, 'baseUrl'], `a provider of type ${spec.type} needs its address: add baseUrl: "https://host/v1"`)
    for (const dialect of spec.dialects ?? []) {
      if (!(dialects as readonly string[]).includes(dialect)) find([...path, 'dialects'], `unknown dialect ${dialect}; expected one of ${dialects.join(', ')}`)
    }
    for (const quirk of Object.keys(spec.quirks ?? {})) {
      if (!(quirk in type.quirks)) find([...path, 'quirks', quirk], `unknown quirk; expected one of ${Object.keys(type.quirks).join(', ')}`)
    }
    const optionsFault = spec.options === undefined ? undefined : type.optionsFault?.(spec.options)
    if (optionsFault !== undefined) find([...path, 'options'], optionsFault)
    if (spec.asset !== undefined && !assets.has(spec.asset)) find([...path, 'asset'], noAsset(spec.asset, assets))
    if (spec.entra !== undefined && spec.apiKey !== undefined) find([...path, 'entra'], 'apiKey and entra are two ways to prove the same: keep one')
  }
}

/** Answers the currencies in which anything here is priced. */
function checkModels(state: State, context: CheckContext, find: Find): ReadonlySet<string> {
  const providers = new Map(all(state, 'provider').map((entry) => [entry.name, entry.body.spec]))
  const currencies = new Set<string>()
  const byId = new Map<string, string>()
  for (const { name, body: { spec } } of all(state, 'model')) {
    spec.deployments.forEach((deployment, index) => {
      const path = ['models', name, 'deployments', index]
      const provider = providers.get(deployment.provider)
      if (provider === undefined) return find([...path, 'provider'], `unknown provider ${deployment.provider}; ${listed('declared are', [...providers.keys()], 'none is declared: add it under providers')}`)
      const type = context.catalogue.providerType(provider.type)
      if (type === undefined) return
      const id = deploymentId(deployment)
      const what = `${deployment.provider}/${deployment.model}`
      if ((byId.get(id) ?? what) !== what) find([...path, 'id'], `deployment id ${id} already names ${byId.get(id)}: give this one another id`)
      byId.set(id, what)
      if (deployment.asset !== undefined) checkAsset(deployment.asset, deployment, context, (says) => find([...path, 'asset'], says))
      checkPrice(deployment, provider, type, context, currencies, (says) => find(path, says))
      const priced = pricing(deployment, provider, type).model
      if (spec.contextWindow === undefined && context.catalogue.modelFacts(priced) === undefined) {
        find(['models', name], `nothing is known of ${priced}, so that no hold can be bounded: add contextWindow (tokens), and outputMax where it is smaller`)
      }
    })
  }
  return currencies
}

const noAsset = (asset: string, assets: ReadonlySet<string>): string =>
  `no infrastructure asset ${asset}; ${listed('saved are', [...assets], 'none is saved')}: save it first with weir contracts save asset FILE${assets.size === 0 ? '. Before a first start: leave it away, save it once Weir runs, then add it, for the file is read again' : ''}`

function checkAsset(asset: string, { capacity }: DeploymentResource, { assets }: CheckContext, find: (says: string) => void): void {
  if (capacity !== 'in-house') find(`an asset carries in-house deployments, and this one is ${capacity}: say capacity: in-house, or take asset away`)
  if (!assets.has(asset)) find(noAsset(asset, assets))
}

function checkPrice(deployment: DeploymentResource, provider: ProviderResource, type: ProviderType, context: CheckContext, currencies: Set<string>, find: (says: string) => void): void {
  if (deployment.internalRate !== undefined) return void currencies.add(deployment.internalRate.currency)
  const { list, model, regionClass } = pricing(deployment, provider, type)
  const sheet = context.sheet(list, model, regionClass)
  if (sheet !== undefined) return void currencies.add(sheet.currency)
  const remedies = [
    `prices: on the provider names another list`, `pricedAs: the model's name on it`, `a row under prices: adds one ({ list: ${list}, model: ${model}, meter: input, perMillion: "1.00", effectiveFrom: …, source: … })`,
    ...(deployment.capacity === 'pay-as-you-go' ? [] : ['internalRate: states what its budget is charged']),
  ]
  find(`no price for ${model} on the list ${list} (${regionClass}), and an unpriced call is refused: ${remedies.join('; ')}`)
}

function checkAccess(state: State, currencies: ReadonlySet<string>, find: Find): void {
  const models = new Set(all(state, 'model').map((entry) => entry.name))
  const organizations = new Set(all(state, 'organization').map((entry) => entry.name))
  const projects = new Set(all(state, 'project').map((entry) => entry.name))
  const names = (path: Finding['path'], listedModels: readonly string[] | undefined): void => {
    for (const model of listedModels ?? []) if (!models.has(model)) find([...path, 'models'], `unknown model ${model}; ${listed('declared are', [...models], 'none is declared')}`)
  }
  const budgets = (path: Finding['path'], money: { readonly budget?: BudgetResource | undefined; readonly budgets?: readonly BudgetResource[] | undefined }): void => {
    const periods = new Set<string>()
    for (const budget of budgetsIn(money)) {
      if (periods.has(budget.period)) find([...path, 'budgets'], `two budgets for one ${budget.period}: keep one`)
      periods.add(budget.period)
      if (currencies.size > 0 && !currencies.has(budget.currency)) {
        find([...path, 'budget', 'currency'], `a budget in ${budget.currency}, and nothing here is priced in it: prices are in ${[...currencies].toSorted().join(', ')}`)
      }
    }
  }
  for (const { name, body: { spec } } of all(state, 'organization')) {
    names(['organizations', name], spec.models)
    budgets(['organizations', name], spec)
  }
  for (const { name, body: { spec } } of all(state, 'project')) {
    const [organization = '', project = ''] = name.split('/')
    const path = ['organizations', organization, 'projects', project]
    if (!organizations.has(organization)) find(path, `unknown organization ${organization}: create it first`)
    if (spec.capture === 'content' && spec.dataRetention === 'none') find([...path, 'capture'], 'capture: content keeps what dataRetention: none promises not to: choose one')
    names(path, spec.models)
    budgets(path, spec)
  }
  const secrets = new Map<string, string>()
  for (const { name, body } of all(state, 'key')) {
    if (body.revoked !== undefined) continue
    const path = ['organizations', body.organization, 'projects', body.project, 'keys', body.spec.name]
    if (!projects.has(`${body.organization}/${body.project}`)) find(path, `unknown project ${body.organization}/${body.project}: create it first`)
    names(path, body.spec.models)
    budgets(path, body.spec)
    const twin = secrets.get(body.hash)
    if (twin !== undefined) find(path, `the same secret as key ${twin}: every key needs its own`)
    secrets.set(body.hash, name)
  }
}

function listed(lead: string, names: readonly string[], none: string): string {
  if (names.length === 0) return none
  return `${lead} ${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`
}
