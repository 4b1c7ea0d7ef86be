/**
 * Faults on demand: `x-sandbox-fault: KIND[=VALUE][;retry-after=SECONDS]`, or by chance through the profile.
 *
 *   refusals, not billed      400 401 403 404 429 500 502 503 529 quota context content-filter saturated reset
 *   the work is billed        lost (reset after the work, before headers), stall, disconnect=BYTES, content-length, bad-json,
 *                             missing-usage, late-usage=MS, nonsense
 */
import type { Random } from '../../kernel/random.ts'
import { type Answer, type Incoming, refuse } from './desk.ts'
import type { SandboxProfile } from './profile.ts'

export interface FaultPlan {
  readonly kind: string
  /** Bytes or milliseconds, by kind. */
  readonly value: number | undefined
  readonly retryAfterSeconds: number | undefined
}

const kinds: ReadonlySet<string> = new Set([
  '400', '401', '403', '404', '429', '500', '502', '503', '529', 'quota', 'context', 'content-filter', 'saturated', 'reset', 'lost', 'stall', 'disconnect', 'content-length', 'bad-json',
  'missing-usage', 'late-usage', 'nonsense',
])

/** Undefined where the text names no known fault. */
export function parseFault(text: string): FaultPlan | undefined {
  const [main = '', ...options] = text.split(';').map((part) => part.trim())
  const [kind = '', value] = main.split('=')
  if (!kinds.has(kind)) return undefined
  const retry = options.map((option) => /^retry-after=(\d+(?:\.\d+)?)$/.exec(option)?.[1]).find((seconds) => seconds !== undefined)
  return { kind, value: value === undefined ? undefined : Number(value), retryAfterSeconds: retry === undefined ? undefined : Number(retry) }
}

/** The fault of a request: what its header asks for, else what chance brings. One draw per request keeps runs repeatable. */
export function faultOf(header: string | undefined, profile: SandboxProfile, random: Random): FaultPlan | undefined {
  if (header !== undefined) return parseFault(header)
  if (profile.faults.length === 0) return undefined
  let draw = random.fraction()
  for (const { fault, rate } of profile.faults) {
    if (draw < rate) return parseFault(fault)
    draw -= rate
  }
  return undefined
}

/** The refusal that a fault stands for; undefined for faults of delivery. */
export function refusalOf(incoming: Incoming): Answer | undefined {
  const { fault } = incoming
  if (fault === undefined) return undefined
  const after = fault.retryAfterSeconds
  const retry = after === undefined ? {} : { 'retry-after': String(after), 'retry-after-ms': String(Math.round(after * 1_000)) }
  switch (fault.kind) {
    case '400': return refuse(incoming, { status: 400, message: 'The request is not valid (fault on demand).' })
    case '401': return refuse(incoming, { status: 401, message: 'Incorrect API key provided.', code: incoming.surface === 'azure' ? '401' : 'invalid_api_key' })
    case '403': return refuse(incoming, { status: 403, message: 'You do not have access to this resource.', code: incoming.surface === 'azure' ? '403' : 'unsupported_country_region_territory' })
    case '404': return refuse(incoming, { status: 404, message: `The model \`${incoming.model}\` does not exist.`, code: incoming.surface === 'azure' ? 'DeploymentNotFound' : 'model_not_found' })
    case '429': return refuse(incoming, { status: 429, message: 'Rate limit reached. Please try again later.', type: 'requests', code: incoming.surface === 'azure' ? '429' : 'rate_limit_exceeded', headers: { ...retry, 'retry-after': String(after ?? 1) } })
    case 'quota': return refuse(incoming, { status: 429, message: 'You exceeded your current quota, please check your plan and billing details.', type: 'insufficient_quota', code: 'insufficient_quota' })
    case 'context': return refuse(incoming, { status: 400, message: "This model's maximum context length is exceeded by your messages.", code: 'context_length_exceeded', param: 'messages' })
    case 'content-filter': return refuse(incoming, { status: 400, message: 'The response was filtered due to the prompt triggering the content management policy.', code: 'content_filter', param: 'prompt' })
    case '500': return refuse(incoming, { status: 500, message: 'The server had an error while processing your request.' })
    case '502': return { status: 502, contentType: 'text/html', body: '<html><body>Bad gateway</body></html>' }
    case '503': return refuse(incoming, { status: 503, message: 'The engine is currently overloaded, please try again later.', headers: retry })
    case '529': return refuse(incoming, { status: 529, message: 'Overloaded', headers: retry })
    case 'saturated': return saturated(incoming)
    default: return undefined
  }
}

/** A full provisioned deployment answers 429, unless the request names another that takes its overflow. */
function saturated(incoming: Incoming): Answer | undefined {
  if (incoming.headers['x-ms-spillover-deployment'] !== undefined) return undefined
  return refuse(incoming, { status: 429, message: 'The provisioned deployment is at its capacity.', code: '429', headers: { 'retry-after': '1', 'retry-after-ms': '1000' } })
}
