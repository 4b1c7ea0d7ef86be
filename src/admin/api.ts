/**
 * The admin API: what console and command line use, and nothing else is needed. Bearer `wadm_…` tokens or a session's
 * cookie (`authorize.ts`); every route asks for the permission that `permissions.ts` gives it. Described at /api/openapi.json, readable at /api.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import fastifySwagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import fastify, { type FastifyError, type FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors, jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { keysApi, organizationsApi, projectsApi } from './api/access.ts'
import { budgetsApi } from './api/budgets.ts'
import { callsApi } from './api/calls.ts'
import { accountApi } from './api/account.ts'
import { caseContractsApi } from './api/case-contracts.ts'
import { casesApi } from './api/cases.ts'
import { contentApi } from './api/content.ts'
import { datasetsApi } from './api/datasets.ts'
import { demoApi } from './api/demo.ts'
import { diversionsApi } from './api/diversions.ts'
import { contractsApi } from './api/contracts.ts'
import { decisionsApi } from './api/decisions.ts'
import { drillsApi } from './api/drills.ts'
import { holdsApi } from './api/holds.ts'
import { indicatorsApi } from './api/indicators.ts'
import { accountWatchesApi } from './api/account-watches.ts'
import { noticesApi } from './api/notices.ts'
import { referralsApi } from './api/referrals.ts'
import { safetyApi } from './api/safety.ts'
import { screeningApi } from './api/screening.ts'
import { webhooksApi } from './api/webhooks.ts'
import { doctorApi } from './api/doctor.ts'
import { eventsApi } from './api/events.ts'
import { healthApi } from './api/health.ts'
import { leadsApi } from './api/leads.ts'
import { liveApi } from './api/live.ts'
import { invoicesApi } from './api/invoices.ts'
import { moneyRecordsApi } from './api/money-records.ts'
import { openaiUsageApi } from './api/openai-usage.ts'
import { outlookApi } from './api/outlook.ts'
import { paymentsApi } from './api/payments.ts'
import { pricesApi } from './api/prices.ts'
import { nodesApi } from './api/nodes.ts'
import { quarantineApi } from './api/quarantine.ts'
import { reconciliationApi } from './api/reconciliation.ts'
import { receiptsApi } from './api/receipts.ts'
import { reRatingApi } from './api/re-rating.ts'
import { type Api, Failed } from './api/reply.ts'
import { resourcesApi } from './api/resources.ts'
import { modelsApi, providersApi } from './api/routing.ts'
import { signalsApi } from './api/signals.ts'
import { signInApi } from './api/sign-in.ts'
import { singleSignOnApi } from './api/single-sign-on.ts'
import { spendCapsApi } from './api/spend-caps.ts'
import { statementsApi } from './api/statements.ts'
import { termsClausesApi } from './api/terms-clauses.ts'
import { termsRegisterApi } from './api/terms-register.ts'
import { secretsApi, tokensApi } from './api/tokens.ts'
import { usageApi } from './api/usage.ts'
import { usersApi } from './api/users.ts'
import { whyNotRated } from '../ledger/invoices/close-month.ts'
import { CannotRate } from '../ledger/invoices/rate-month.ts'
import { authorizer } from './authorize.ts'
import { type Permission, permissionOf } from './permissions.ts'
import { textFault } from './text-fault.ts'
import type { AdminPorts } from './ports.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
  }
}

export interface AdminApi {
  /** Whether a path belongs here. */
  readonly serves: (path: string) => boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** `METHOD /path` of every route, for tests and for the role matrix. */
  readonly routes: readonly string[]
  /** The OpenAPI 3.1 document. */
  readonly description: () => object
  readonly close: () => Promise<void>
}

const bodyLimitBytes = 16 * 1024 * 1024

export const servesAdmin = (path: string): boolean => /^\/(admin\/v1|api|v1\/organization|v1\/safety|hooks)(\/|$|\?)/.test(path)

export async function adminApi(ports: AdminPorts): Promise<AdminApi> {
  const app = fastify({ bodyLimit: bodyLimitBytes, trustProxy: false, return503OnClosing: false, routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 }, exposeHeadRoutes: false })
  const api = app.withTypeProvider<ZodTypeProvider>() as unknown as Api
  const routes: string[] = []
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  for (const name of ['caller', 'actor', 'onlyOrganization', 'onlyMaker'] as const) app.decorateRequest(name, undefined)
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/api')) return
    const permission = permissionOf(String(route.method), route.url)
    if (permission === undefined) throw new Error(`${String(route.method)} ${route.url} has no permission: add it to permissions.ts`)
    route.config = { ...route.config, permission }
    routes.push(`${String(route.method)} ${route.url}`)
  })
  const authorize = authorizer(ports)
  app.addHook('onRequest', async (request) => {
    const permission = request.routeOptions.config.permission
    if (permission !== undefined && permission !== 'public') await authorize(request, permission)
  })
  app.addHook('preValidation', async ({ body, params, query }) => {
    for (const [where, given] of Object.entries({ body, params, query })) {
      const fault = textFault(given, where)
      if (fault !== undefined) throw new Failed(422, 'invalid', fault)
    }
  })
  sendFailures(app as unknown as Api, ports)
  await describeApi(app as unknown as Api, ports)
  for (const register of [
    casesApi, caseContractsApi, signalsApi, leadsApi, resourcesApi, organizationsApi, projectsApi, keysApi, providersApi, modelsApi, pricesApi, budgetsApi, usageApi, openaiUsageApi, callsApi, liveApi, healthApi, contractsApi, invoicesApi, paymentsApi, statementsApi, moneyRecordsApi, reRatingApi, spendCapsApi, reconciliationApi, quarantineApi, nodesApi, eventsApi, doctorApi, tokensApi, secretsApi, outlookApi, diversionsApi, demoApi,
    signInApi, singleSignOnApi, accountApi, usersApi, termsRegisterApi, termsClausesApi, receiptsApi, datasetsApi, contentApi,
    holdsApi, noticesApi, accountWatchesApi, indicatorsApi, referralsApi, safetyApi, screeningApi, decisionsApi, drillsApi, webhooksApi,
  ]) register(api, ports)
  await app.ready()
  return {
    serves: servesAdmin,
    handle: (request, response) => app.routing(request, response),
    routes,
    description: () => app.swagger(),
    close: () => app.close(),
  }
}

const types: Readonly<Record<number, string>> = { 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 409: 'conflict_error', 422: 'invalid_request_error' }

function sendFailures(api: Api, { failed }: AdminPorts): void {
  const send = (reply: FastifyReply, status: number, code: string, message: string, findings?: Failed['findings']): FastifyReply =>
    reply.code(status).type('application/json').serializer(JSON.stringify).send({ error: { message, type: types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error'), param: null, code, ...(findings === undefined ? {} : { findings }) } })
  api.setErrorHandler((error: FastifyError | Failed, request, reply) => {
    if (error instanceof Failed) return send(reply, error.status, error.code, error.message, error.findings)
    if (error instanceof CannotRate) return send(reply, 409, error.why.status.replaceAll('-', '_'), whyNotRated(error.why))
    if (hasZodFastifySchemaValidationErrors(error)) {
      const where = error.validationContext ?? 'request'
      // OpenAI's administration API, whose paths these are, answers 400.
      return send(reply, request.url.startsWith('/v1/organization/') ? 400 : 422, 'invalid', error.validation.map((issue) => `${where}${issue.instancePath.replaceAll('/', '.')}: ${issue.message ?? 'not valid'}`).join('; '))
    }
    if ((error.statusCode ?? 500) < 500) return send(reply, error.statusCode ?? 400, error.code, error.message)
    failed(`${request.method} ${request.routeOptions.url ?? request.url}`, error)
    return send(reply, 500, 'internal', 'Weir failed to answer; the log of the server says why.')
  })
  api.setNotFoundHandler((request, reply) => send(reply, 404, 'not_found', `${request.method} ${request.url.split('?')[0] ?? ''} is not a path of the admin API; see /api for those that are.`))
}

/** Each route with what it asks for, so that a page offers only what its reader may do. */
const withPermission: typeof jsonSchemaTransform = (given) => {
  const made = jsonSchemaTransform(given)
  const permission = permissionOf(String(given.route.method), given.route.url)
  return permission === undefined ? made : { ...made, schema: { ...made.schema, 'x-permission': permission } as typeof made.schema }
}

async function describeApi(api: Api, { version }: AdminPorts): Promise<void> {
  await api.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Weir admin API', version, description: 'What console and command line use. Names of fields are in snake_case; a `spec` has the names of weir.yaml.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An admin token, wadm_….' } } },
      security: [{ token: [] }],
    },
    transform: withPermission,
    transformObject: jsonSchemaTransformObject,
  })
  api.get('/api/openapi.json', { schema: { hide: true } }, () => api.swagger())
  // The reference page brings no outside fonts and asks nobody else for anything (STACK.md, pitfall 23).
  await api.register(scalar, { routePrefix: '/api', configuration: { url: '/api/openapi.json', withDefaultFonts: false, telemetry: false, hideClientButton: true, agent: { disabled: true }, mcp: { disabled: true } } })
}
