/**
 * A simulated maker and cloud: a real HTTP server on the loopback address that speaks every dialect natively, keeps its own
 * bill and fails on demand. It serves tests, the demo, replays and a first start without any account.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import { seededRandom, type Random } from '../../kernel/random.ts'
import type { Timers } from '../../kernel/timers.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { adminAnswer } from './admin.ts'
import { listPrices, openBill, type Bill, type BillBook, type SandboxPrices } from './bill.ts'
import { parseBody, text } from './body.ts'
import { type Answer, type Charge, type Desk, type Incoming, type Operate, refuse, type SandboxSurface } from './desk.ts'
import { chat } from './chat.ts'
import { completions } from './completions.ts'
import { embeddings } from './embeddings.ts'
import { faultOf, refusalOf } from './faults.ts'
import { images } from './images.ts'
import { countMessageTokens, messages } from './messages.ts'
import { isUnknownModel, models, unknownModel } from './models.ts'
import { moderations } from './moderations.ts'
import { sandboxProfile, type SandboxProfile } from './profile.ts'
import { createResponse, storedResponse } from './responses.ts'
import { enterBill, send } from './send.ts'
import { openStoredResponses } from './stored-responses.ts'
import { makeTokenCounter } from './token-count.ts'
import { transcriptions } from './transcriptions.ts'

export interface SandboxOptions {
  /** A free port by default. */
  readonly port?: number
  /** The same seed and requests give the same texts and, in the same order, the same faults. */
  readonly seed: number
  /** As in profile.ts: a name, or an object. */
  readonly profile?: unknown
  readonly clock: Clock
  readonly timers: Timers
  readonly random?: Random
  readonly prices?: SandboxPrices
  /** The bill is appended here, a line per entry, and read back at the start. */
  readonly billFile?: string
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`, without `/v1`. */
  readonly url: string
  readonly bill: () => Promise<Bill>
  /** Another profile from here on. Rejects where it is wrong, and changes nothing. */
  readonly behave: (profile: unknown) => Promise<void>
  readonly close: () => Promise<void>
}

const bodyMax = 64 << 20

const posts: Readonly<Record<string, Operate>> = {
  '/chat/completions': chat, '/responses': createResponse, '/embeddings': embeddings, '/completions': completions, '/moderations': moderations, '/images/generations': images,
  '/audio/transcriptions': transcriptions, '/messages': messages, '/messages/count_tokens': countMessageTokens,
}

interface House {
  readonly desk: Desk
  readonly bills: BillBook
  readonly accounts: Accounts
  readonly random: Random
  profile: SandboxProfile
}

/** Starts a sandbox in this thread. Throws where the profile is wrong or the port taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const read = sandboxProfile(options.profile)
  if ('failed' in read) throw new Error(read.failed)
  const house = open(options, read.profile)
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (request, response) => {
    receive(request, response, house)
  })
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bill: () => Promise.resolve(house.bills.read()),
    behave: async (profile) => {
      const next = sandboxProfile(profile)
      if ('failed' in next) throw new Error(next.failed)
      house.profile = next.profile
    },
    close: () => new Promise((resolve) => {
      house.desk.stored.close()
      server.close(() => {
        house.bills.close()
        resolve()
      })
      server.closeAllConnections()
    }),
  }
}

function open(options: SandboxOptions, profile: SandboxProfile): House {
  const { clock, timers, seed } = options
  const random = options.random ?? seededRandom(seed)
  const accounts = openAccounts({ clock, profile: () => house.profile })
  const bills = openBill({ prices: options.prices ?? listPrices, file: options.billFile })
  const salt = random.bytes(6).toString('hex')
  let ids = 0
  const desk: Desk = {
    clock, timers, seed, count: makeTokenCounter().count, cacheOf: accounts.cacheOf, stored: openStoredResponses(),
    get profile() { return house.profile },
    makeId: (prefix) => {
      ids += 1
      return `${prefix}${salt}${ids.toString(16).padStart(10, '0')}`
    },
    bill: (incoming, charge, outcome, id) => void enterBill(bills, incoming, desk, charge, outcome, charge.outputTokens, id),
  }
  const house: House = { desk, bills, accounts, random, profile }
  return house
}

function receive(request: IncomingMessage, response: ServerResponse, house: House): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= bodyMax) chunks.push(chunk)
    else request.destroy()
  })
  request.on('end', () => {
    serve(request, Buffer.concat(chunks, length), response, house).catch((cause: unknown) => {
      // A defect of the sandbox: the caller sees a broken connection, the cause goes to standard error.
      console.error('sandbox:', cause)
      response.destroy()
    })
  })
  // A caller that goes away while it sends has nothing to answer.
  request.on('error', () => { response.destroy() })
}

async function serve(request: IncomingMessage, bytes: Buffer, response: ServerResponse, house: House): Promise<void> {
  const { desk, bills, accounts } = house
  const url = new URL(request.url ?? '/', 'http://sandbox')
  if (url.pathname.startsWith('/_sandbox/')) {
    const answer = adminAnswer({ method: request.method ?? 'GET', url, body: parseBody(bytes) ?? {} }, { ...house, setProfile: (profile) => { house.profile = profile } })
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body)
    return
  }
  const incoming = read(request, url, bytes, house)
  const answer = accounts.admit(incoming) ?? answerOf(incoming, desk)
  if (answer.charge !== undefined) accounts.countTokens(incoming.account, totalOf(answer.charge))
  await send(answer, { incoming, desk, response, bills, headers: headersOf(incoming, accounts) })
}

const totalOf = (charge: Charge): number => (charge.input['input'] ?? 0) + (charge.input['cached_input'] ?? 0) + charge.outputTokens

interface Place {
  readonly surface: SandboxSurface
  readonly path: string
  readonly deployment: string | undefined
}

/** The surface that a path belongs to: Azure's two families, Anthropic's messages, OpenAI's for the rest. */
function placeOf(pathname: string, anthropicVersion: boolean): Place {
  const deployed = /^\/openai\/deployments\/([^/]+)(\/.*)$/.exec(pathname)
  if (deployed !== null) return { surface: 'azure', path: deployed[2] ?? '', deployment: decodeURIComponent(deployed[1] ?? '') }
  if (pathname.startsWith('/openai/')) return { surface: 'azure', path: pathname.replace(/^\/openai(\/v1)?/, ''), deployment: undefined }
  const path = pathname.replace(/^\/v1/, '')
  const surface = path.startsWith('/messages') || (anthropicVersion && path.startsWith('/models')) ? 'anthropic' : 'openai'
  return { surface, path, deployment: undefined }
}

function read(request: IncomingMessage, url: URL, bytes: Buffer, house: House): Incoming {
  const { headers } = request
  const { surface, path, deployment } = placeOf(url.pathname, headers['anthropic-version'] !== undefined)
  const body = parseBody(bytes)
  const asked = headers['x-sandbox-fault']
  return {
    method: request.method ?? 'GET', path: path.length > 1 ? path.replace(/\/$/, '') : path, query: url.searchParams, headers, bytes, body: body ?? {}, isJson: body !== undefined, surface, model: deployment ?? text(body?.['model']) ?? '',
    account: house.accounts.of(headers), requestId: house.desk.makeId('req_'), fault: faultOf(typeof asked === 'string' ? asked : undefined, house.profile, house.random),
  }
}

function answerOf(incoming: Incoming, desk: Desk): Answer {
  const { method, path } = incoming
  const operate = method === 'POST' ? posts[path] : undefined
  if (operate !== undefined) {
    const refusal = refusalOf(incoming)
    if (refusal !== undefined) return refusal
    if (operate !== transcriptions && !incoming.isJson) return refuse(incoming, { status: 400, message: 'We could not parse the JSON body of your request.' })
    return isUnknownModel(incoming.model) ? unknownModel(incoming) : operate(incoming, desk)
  }
  const stored = path.startsWith('/responses/') ? storedResponse(incoming, desk) : undefined
  if (stored !== undefined) return stored
  if (method === 'GET' && (path === '/models' || path.startsWith('/models/'))) return models(incoming)
  return refuse(incoming, { status: 404, message: `Invalid URL (${method} ${path})`, code: incoming.surface === 'azure' ? '404' : 'unknown_url' })
}

/** Request id under each host's name, limits, and Azure's word on which deployment served. */
function headersOf(incoming: Incoming, accounts: Accounts): Record<string, string> {
  const { surface, requestId, headers, model, fault } = incoming
  const common = { ...accounts.limitHeaders(incoming), 'x-request-id': requestId }
  if (surface === 'anthropic') return { ...common, 'request-id': requestId, 'anthropic-organization-id': incoming.account }
  if (surface === 'openai') return { ...common, 'openai-version': '2020-10-01', 'openai-organization': incoming.account, 'openai-processing-ms': '0' }
  const target = headers['x-ms-spillover-deployment']
  const spilled = fault?.kind === 'saturated' && typeof target === 'string'
  return {
    ...common, 'apim-request-id': requestId, 'x-ms-region': 'Sandbox', 'x-ms-deployment-name': spilled ? target : model,
    ...(spilled ? { 'x-ms-spillover-from-deployment': model, 'x-ms-spillover-error': '429' } : {}),
  }
}
