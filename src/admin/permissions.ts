/**
 * What each route of the admin API asks for: one table, so that it can be read at once and tested route by route. A route
 * that is missing here does not start. `public` routes answer anybody; `usage` routes answer a token of one organization
 * with that organization's figures.
 */
export const permissions = {
  'GET /api/openapi.json': 'public',
  'GET /admin/v1/snapshot': 'resources.read',
  'GET /admin/v1/resources': 'resources.read',
  'POST /admin/v1/apply': 'resources.write',
  'GET /admin/v1/organizations': 'resources.read',
  'GET /admin/v1/organizations/:organization': 'resources.read',
  'PUT /admin/v1/organizations/:organization': 'access.write',
  'DELETE /admin/v1/organizations/:organization': 'access.write',
  'GET /admin/v1/projects': 'resources.read',
  'GET /admin/v1/organizations/:organization/projects/:project': 'resources.read',
  'PUT /admin/v1/organizations/:organization/projects/:project': 'access.write',
  'DELETE /admin/v1/organizations/:organization/projects/:project': 'access.write',
  'GET /admin/v1/keys': 'keys.read',
  'POST /admin/v1/keys': 'keys.write',
  'POST /admin/v1/keys/:key/rotate': 'keys.write',
  'DELETE /admin/v1/keys/:key': 'keys.write',
  'GET /admin/v1/providers': 'resources.read',
  'GET /admin/v1/provider-types': 'resources.read',
  'PUT /admin/v1/providers/:name': 'providers.write',
  'DELETE /admin/v1/providers/:name': 'providers.write',
  'GET /admin/v1/models': 'resources.read',
  'PUT /admin/v1/models/:name': 'providers.write',
  'DELETE /admin/v1/models/:name': 'providers.write',
  'GET /admin/v1/prices': 'prices.read',
  'GET /admin/v1/prices/history': 'prices.read',
  'POST /admin/v1/prices': 'prices.write',
  'GET /admin/v1/budgets': 'usage.read',
  'GET /admin/v1/usage': 'usage',
  'GET /admin/v1/costs': 'usage',
  'GET /v1/organization/usage/completions': 'usage',
  'GET /v1/organization/usage/embeddings': 'usage',
  'GET /v1/organization/costs': 'usage',
  'GET /admin/v1/calls': 'calls.read',
  'GET /admin/v1/calls/:call': 'calls.read',
  'GET /admin/v1/quarantine': 'ledger.read',
  'POST /admin/v1/quarantine/redrive': 'ledger.write',
  'POST /admin/v1/quarantine/:id/dismiss': 'ledger.write',
  'GET /admin/v1/events': 'events.read',
  'GET /admin/v1/doctor': 'ledger.read',
  'GET /admin/v1/ledger/check': 'ledger.read',
  'GET /admin/v1/tokens': 'tokens.read',
  'POST /admin/v1/tokens': 'tokens.write',
  'DELETE /admin/v1/tokens/:token': 'tokens.write',
  'POST /admin/v1/secrets/rotate': 'secrets.write',
  'GET /admin/v1/outlook': 'outlook.read',
  'GET /admin/v1/outlook/records/:kind': 'outlook.read',
  'POST /admin/v1/outlook/records/:kind': 'outlook.write',
  'GET /admin/v1/diversions': 'resources.read',
  'PUT /admin/v1/diversions/:model': 'providers.write',
  'DELETE /admin/v1/diversions/:model': 'providers.write',
  'GET /admin/v1/diversions/:model/sides': 'outlook.read',
} as const satisfies Readonly<Record<string, string>>

export type Permission = (typeof permissions)[keyof typeof permissions]

export const permissionOf = (method: string, path: string): Permission | undefined =>
  (permissions as Readonly<Record<string, Permission>>)[`${method} ${path}`]
