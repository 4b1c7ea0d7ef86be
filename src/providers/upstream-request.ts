/** Where a request for an operation goes, and how it proves who sends it. */
import type { Operation } from '../dialects/dialect.ts'
import { azureApiVersion, azureV1Paths } from './catalogue.ts'
import type { AuthScheme, ProviderType } from './provider.ts'

export interface TargetFields {
  readonly type: ProviderType
  readonly baseUrl: string
  readonly apiVersion: string | undefined
  /** Headers of the row and of the operator, already merged. */
  readonly headers: Readonly<Record<string, string>>
}

export interface UpstreamTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** With the query, where there is one. */
  readonly path: string
  /** Lower-case names; without credentials. */
  readonly headers: Readonly<Record<string, string>>
}

/** Paths of the family that this provider's version belongs to. */
function pathsOf({ type, apiVersion }: TargetFields): ProviderType['paths'] {
  return type.type === 'azure' && (apiVersion === 'v1' || apiVersion === 'preview') ? azureV1Paths : type.paths
}

/**
 * Joins a base path and a path below it. Operators write base URLs with and without `/v1` or `/openai`: leading segments
 * that the base already ends with are not repeated.
 */
function joinPaths(base: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  const trimmed = base.replace(/\/+$/, '')
  for (let count = segments.length - 1; count > 0; count -= 1) {
    const lead = `/${segments.slice(0, count).join('/')}`
    if (trimmed.endsWith(lead)) return `${trimmed}/${segments.slice(count).join('/')}`
  }
  return `${trimmed}/${segments.join('/')}`
}

/**
 * The address of an operation at a provider. `below` names a thing under the operation's collection, such as
 * `/resp_1/cancel`; `query` is added to it. `failed`: the provider does not offer the operation or its base URL is missing.
 */
export function upstreamTarget(
  provider: TargetFields, operation: Operation, upstreamModel: string, rest: { readonly below?: string; readonly query?: string } = {},
): UpstreamTarget | { readonly failed: string } {
  const template = pathsOf(provider)[operation]
  if (template === undefined) return { failed: `provider type ${provider.type.type} does not offer ${operation}: route it to another deployment` }
  const base = URL.parse(provider.baseUrl)
  if (base === null) return { failed: `provider type ${provider.type.type} has no usable baseUrl (${JSON.stringify(provider.baseUrl)}): set baseUrl to its address` }
  const filled = template.replace('{model}', encodeURIComponent(upstreamModel)).replace('{apiVersion}', encodeURIComponent(provider.apiVersion ?? azureApiVersion))
  const [path = '', query = ''] = filled.split('?')
  const queries = [query, base.search.slice(1), rest.query ?? ''].filter((part) => part !== '').join('&')
  const whole = joinPaths(base.pathname, path) + (rest.below ?? '')
  return { origin: base.origin, path: queries === '' ? whole : `${whole}?${queries}`, headers: lowered(provider.headers) }
}

const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** The header that carries a secret or an access token. No secret, no header: in-house hosts often want none. */
export function credentialHeaders(scheme: AuthScheme, secret: string | undefined): Readonly<Record<string, string>> {
  if (secret === undefined || scheme === 'none') return {}
  if (scheme === 'api-key' || scheme === 'x-api-key') return { [scheme]: secret }
  return { authorization: `Bearer ${secret}` }
}
