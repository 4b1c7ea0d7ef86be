/** Resources → Snapshot: pure. What is not in the resources (catalogue rows, facts about models) comes in as functions. */
import { effectiveRetention, retains } from './data-retention.ts'
import { decimal, toPicosUp } from '../kernel/decimal.ts'
import type { DialectName } from '../dialects/dialect.ts'
import type { Budget } from '../ledger/lease.ts'
import type { ProviderType } from '../providers/provider.ts'
import { type BudgetResource, type DeploymentResource, type KeyResource, type LimitsResource, type ModelResource, type OrganizationResource, type ProjectResource, type ProviderResource, timeoutsSchema } from './resources.ts'
import type { Caller, Deployment, Limits, Model, ProviderAccount, ScopedLimits, Snapshot } from './snapshot.ts'

/** A key as stored: its secret only as a hash. */
export interface StoredKey extends Omit<KeyResource, 'secret'> {
  /** `key_…`; stable over renames and rotations. */
  readonly id: string
  readonly organization: string
  readonly project: string
  /** HMAC-SHA-256 of the secret under the pepper, base64. */
  readonly hash: string
  /** Milliseconds; a revoked key stays, so that its usage keeps a name. */
  readonly revokedAt: number | undefined
}

/** All resources of an installation, secrets opened: in memory only. */
export interface Installation {
  readonly version: number
  /** Milliseconds. */
  readonly createdAt: number
  readonly providers: ReadonlyMap<string, ProviderResource>
  readonly models: ReadonlyMap<string, ModelResource>
  readonly organizations: ReadonlyMap<string, Omit<OrganizationResource, 'projects'>>
  /** By `organization/project`. */
  readonly projects: ReadonlyMap<string, Omit<ProjectResource, 'keys'>>
  readonly keys: readonly StoredKey[]
}

/** What is publicly known of a model, for holds where a resource does not say. Tokens. */
export interface ModelFacts {
  readonly contextWindow: number
  readonly outputMax: number
  readonly maker: string | undefined
}

export interface Catalogue {
  readonly providerType: (type: string) => ProviderType | undefined
  /** Asked with the name under which the price list knows the model. */
  readonly modelFacts: (model: string) => ModelFacts | undefined
  /** Where this process serves a provider of its own that has no base URL. */
  readonly hostedUrl?: (provider: string) => string | undefined
}

/** The list that holds a deployment's stated internal rate. */
export const internalList = (deployment: string): string => `internal:${deployment}`

export const deploymentId = (deployment: DeploymentResource): string => deployment.id ?? `${deployment.provider}/${deployment.model}`

/** The price list and the name on it by which a deployment is rated. */
export function pricing(deployment: DeploymentResource, provider: ProviderResource, type: ProviderType): { readonly list: string; readonly model: string; readonly regionClass: string } {
  const list = deployment.internalRate === undefined ? (deployment.prices ?? provider.prices ?? type.prices) : internalList(deploymentId(deployment))
  return { list, model: deployment.pricedAs ?? deployment.model, regionClass: deployment.regionClass ?? provider.regionClass ?? 'global' }
}

/**
 * Deployments whose provider or type is unknown are left out, as are models without any: `check-resources.ts` has refused
 * them before they were stored, so this happens only where an older node reads what a newer one wrote.
 */
export function buildSnapshot(installation: Installation, catalogue: Catalogue): Snapshot {
  const accounts = new Map<string, ProviderAccount>()
  for (const [name, provider] of installation.providers) {
    const type = catalogue.providerType(provider.type)
    if (type !== undefined) accounts.set(name, accountOf(name, provider, type, catalogue.hostedUrl?.(name)))
  }
  const models = new Map<string, Model>()
  const deployments = new Map<string, Deployment>()
  for (const [name, model] of installation.models) {
    const built = modelOf(name, model, accounts, installation, catalogue)
    if (built.deployments.length === 0) continue
    models.set(name, built)
    for (const deployment of built.deployments) if (!deployments.has(deployment.id)) deployments.set(deployment.id, deployment)
  }
  const callers = new Map<string, Caller>()
  for (const key of installation.keys) {
    if (key.revokedAt === undefined) callers.set(key.hash, callerOf(key, installation))
  }
  return { version: installation.version, callers, models, deployments }
}

function accountOf(name: string, provider: ProviderResource, type: ProviderType, hostedUrl: string | undefined): ProviderAccount {
  const channel = provider.channel ?? type.channel
  const { entra } = provider
  return {
    name,
    account: provider.account ?? name,
    type,
    baseUrl: (provider.baseUrl ?? type.baseUrl ?? hostedUrl ?? '').replace(/\/+$/, ''),
    apiKey: provider.apiKey,
    entra: entra === undefined ? undefined : { tenantId: entra.tenantId, clientId: entra.clientId, clientSecret: entra.clientSecret, authority: entra.authority, scope: entra.scope },
    apiVersion: provider.apiVersion,
    quirks: { ...type.quirks, ...provider.quirks },
    dialects: provider.dialects === undefined ? type.dialects : (provider.dialects as DialectName[]),
    headers: { ...type.headers, ...provider.headers },
    options: provider.options ?? {},
    maker: provider.maker ?? type.maker,
    channel,
    supplier: provider.supplier ?? channel,
  }
}

const timeoutDefaults = timeoutsSchema.parse({})

function modelOf(name: string, model: ModelResource, accounts: ReadonlyMap<string, ProviderAccount>, installation: Installation, catalogue: Catalogue): Model {
  const deployments = model.deployments.flatMap((deployment) => {
    const account = accounts.get(deployment.provider)
    const provider = installation.providers.get(deployment.provider)
    return account === undefined || provider === undefined ? [] : [deploymentOf(deployment, model, account, provider, catalogue)]
  })
  const { connectMs, firstByteMs, idleMs, totalMs } = model.timeouts ?? {}
  return {
    name,
    maker: model.maker ?? deployments[0]?.maker,
    deployments: deployments.toSorted((a, b) => a.group - b.group),
    timeouts: {
      connectMs: connectMs ?? timeoutDefaults.connectMs,
      firstByteMs: firstByteMs ?? timeoutDefaults.firstByteMs,
      idleMs: idleMs ?? timeoutDefaults.idleMs,
      totalMs: totalMs ?? timeoutDefaults.totalMs,
    },
    attemptsMax: model.retries?.attemptsMax ?? 3,
    backoffMs: model.retries?.backoffMs ?? 250,
    backoffMaxMs: model.retries?.backoffMaxMs ?? 8_000,
    whenClientLeaves: {
      stream: model.whenClientLeaves?.stream ?? 'cancel',
      plain: model.whenClientLeaves?.plain ?? 'drain',
      drainMaxMs: model.whenClientLeaves?.drainMaxMs ?? 120_000,
    },
    sticky: model.sticky,
    limits: scoped(`model:${name}`, model.limits),
    created: Math.floor(installation.createdAt / 1_000),
  }
}

function deploymentOf(deployment: DeploymentResource, model: ModelResource, account: ProviderAccount, provider: ProviderResource, catalogue: Catalogue): Deployment {
  const priced = pricing(deployment, provider, account.type)
  const facts = catalogue.modelFacts(priced.model)
  const contextWindow = model.contextWindow ?? facts?.contextWindow ?? 0
  return {
    id: deploymentId(deployment),
    provider: account,
    upstreamModel: deployment.model,
    maker: model.maker ?? account.maker ?? facts?.maker,
    group: deployment.group,
    weight: deployment.weight,
    capacity: deployment.capacity,
    region: deployment.region ?? provider.region,
    regionClass: priced.regionClass,
    ...retentionAt(deployment, provider),
    priceList: priced.list,
    pricedAs: priced.model,
    contextWindow,
    outputMax: Math.min(model.outputMax ?? facts?.outputMax ?? contextWindow, contextWindow),
  }
}

/** Needed by the model, or chosen for our account there; under `none` the supplier keeps nothing. */
function retentionAt(deployment: DeploymentResource, provider: ProviderResource): Pick<Deployment, 'retains' | 'retentionMode'> {
  const mode = effectiveRetention([provider.dataRetention], deployment.region ?? provider.region)
  const kept = deployment.requiresRetention === true || retains(mode) ? true : mode === 'none' ? false : deployment.requiresRetention
  return { retains: kept, retentionMode: mode === 'inherit' ? undefined : mode }
}

function callerOf(key: StoredKey, installation: Installation): Caller {
  const path = `${key.organization}/${key.project}`
  const organization = installation.organizations.get(key.organization)
  const project = installation.projects.get(path)
  const expiresAt = key.expires === undefined ? undefined : Date.parse(key.expires)
  return {
    organization: key.organization,
    project: key.project,
    key: key.id,
    keyName: key.name,
    purpose: key.purpose,
    expiresAt,
    models: allowedModels([organization?.models, project?.models, key.models]),
    budgets: [
      ...budgetsOf('organization', key.organization, key.organization, organization),
      ...budgetsOf('project', path, path, project),
      ...budgetsOf('key', key.id, key.name, key),
    ],
    limits: [
      ...scoped(`organization:${key.organization}`, organization?.limits),
      ...scoped(`project:${path}`, project?.limits),
      ...scoped(`key:${key.id}`, key.limits),
    ],
    capture: project?.capture ?? 'none',
    retention: [project?.dataRetention, organization?.dataRetention].filter((one) => one !== undefined),
  }
}

/** What every level that names models names; undefined where none does. */
function allowedModels(levels: readonly (readonly string[] | undefined)[]): ReadonlySet<string> | undefined {
  let allowed: Set<string> | undefined
  for (const level of levels) {
    if (level !== undefined) allowed = allowed === undefined ? new Set(level) : allowed.intersection(new Set(level))
  }
  return allowed
}

type Money = { readonly budget?: BudgetResource | undefined; readonly budgets?: readonly BudgetResource[] | undefined }

export const budgetsIn = (money: Money | undefined): readonly BudgetResource[] => [...(money?.budget === undefined ? [] : [money.budget]), ...(money?.budgets ?? [])]

function budgetsOf(scope: Budget['scope'], id: string, name: string, money: Money | undefined): readonly Budget[] {
  return budgetsIn(money).map((budget) => ({
    id: `${scope}/${id}/${budget.period}`,
    scope,
    name,
    currency: budget.currency,
    limit: toPicosUp(decimal(budget.amount)),
    period: budget.period,
    timeZone: budget.timeZone,
    thresholds: budget.thresholds,
  }))
}

const unlimited: Limits = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined }

function scoped(scope: string, limits: LimitsResource | undefined): readonly ScopedLimits[] {
  return limits === undefined ? [] : [{ ...unlimited, ...limits, scope }]
}
