/**
 * One Weir, in a process of its own, for all judges of a run: started when the first asks, stopped when the last has ended.
 * Around it: the sandbox that it hosts, a sandbox with accounts of its own, and an upstream that does what tests say.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { rested } from '../../demo/until.ts'
import { startWeir, type WeirProcess } from '../../demo/weir-process.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemTimers } from '../../src/kernel/timers.ts'
import { modelFacts } from '../../src/ledger/model-facts.ts'
import { startSandbox, type Sandbox } from '../../src/providers/sandbox/sandbox.ts'
import { readRecordings } from '../upstream/recordings.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { startScripted, type Scripted } from './scripted.ts'

/** Secrets that no answer and no log line may contain, besides the caller's own. */
export const upstreamSecrets = {
  hosted: 'sk-upstream-hosted-5f2e8c71d0a94b36', lane: 'sk-upstream-lane-93ab41c7e2d8460f', account: 'sk-upstream-account-1c6d90b7a35f482e', second: 'sk-upstream-second-7e04d2a98b1c4f63',
} as const
export const masterKey = Buffer.from('judges-master-key-of-32-bytes-ok').toString('base64')

export const keys = {
  plain: 'sk-weir-judge-plain-000000000000', other: 'sk-weir-judge-other-000000000000', expired: 'sk-weir-judge-expired-0000000000', limited: 'sk-weir-judge-limited-0000000000',
  narrow: 'sk-weir-judge-narrow-00000000000', poor: 'sk-weir-judge-poor-0000000000000', capturing: 'sk-weir-judge-capturing-00000000', busy: 'sk-weir-judge-busy-0000000000000', leaver: 'sk-weir-judge-leaver-00000000000', strict: 'sk-weir-judge-strict-00000000000',
  counted: 'sk-weir-judge-counted-0000000000', watched: 'sk-weir-judge-watched-0000000000',
} as const

export const sandboxModels = ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4o', 'gpt-5', 'o4-mini', 'gpt-3.5-turbo-instruct', 'claude-sonnet-4-6', 'text-embedding-3-small', 'gpt-image-1', 'whisper-1', 'omni-moderation-latest'] as const

export const recordingsFolder = new URL('../../../shared/recordings/envoy', import.meta.url).pathname
export const recordingsMissing: string | false = existsSync(recordingsFolder) ? false : 'skipped: ../shared/recordings not found'

interface Lane {
  readonly name: string
  readonly more?: string
  readonly type?: string
}

/** Providers whose upstream a test scripts. Two of one account leave together. */
export const lanes: readonly Lane[] = [
  { name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }, { name: 'e' }, { name: 'f' }, { name: 'g' }, { name: 'h' }, { name: 'i' }, { name: 'j' }, { name: 'k' }, { name: 'odd' },
  { name: 'cloud', type: 'azure' }, { name: 'ptu', type: 'azure' }, { name: 'paygo', type: 'azure' },
  { name: 'shared-1', more: 'account: shared' }, { name: 'shared-2', more: 'account: shared' }, { name: 'outside' },
]

const deployment = (lane: string, more = ''): string => `{ provider: lane-${lane}, model: gpt-4.1, id: ${lane}, prices: openai${more} }`

const routed: Readonly<Record<string, string>> = {
  one: `deployments: [${deployment('a')}], retries: { attemptsMax: 3, backoffMs: 20, backoffMaxMs: 40 }`,
  // One deadline each that can pass: on a machine that is held up by other work, no other one does before.
  'impatient-first': `deployments: [${deployment('i')}], retries: { attemptsMax: 1 }, timeouts: { firstByteMs: 400, idleMs: 60000, totalMs: 60000 }`,
  'impatient-idle': `deployments: [${deployment('i')}], retries: { attemptsMax: 1 }, timeouts: { firstByteMs: 60000, idleMs: 400, totalMs: 60000 }`,
  'impatient-total': `deployments: [${deployment('i')}], retries: { attemptsMax: 1 }, timeouts: { firstByteMs: 60000, idleMs: 60000, totalMs: 1500 }`,
  'family/member': `deployments: [${deployment('k')}]`,
  pair: `deployments: [{ provider: hosted, model: gpt-4.1 }, { provider: hosted, model: gpt-4o }]`,
  cut: `deployments: [${deployment('k')}]`,
  rationed: `limits: { requestsPerMinute: 2 }, deployments: [{ provider: lane-j, model: gpt-4.1, id: rationed, prices: openai }]`,
  calm: `deployments: [${deployment('j')}], retries: { attemptsMax: 1 }`,
  keeping: `deployments: [{ provider: lane-keeping, model: gpt-4.1, id: keeping }]`,
  odd: `deployments: [${deployment('odd')}], retries: { attemptsMax: 1 }`,
  'odd-speech': `deployments: [{ provider: lane-odd, model: whisper-1, id: odd-speech, prices: openai }], retries: { attemptsMax: 1 }`,
  'odd-claude': `deployments: [{ provider: lane-odd-claude, model: claude-sonnet-4-6, id: odd-claude }], retries: { attemptsMax: 1 }`,
  groups: `deployments: [${deployment('b')}, ${deployment('c', ', group: 1')}], retries: { attemptsMax: 4, backoffMs: 20, backoffMaxMs: 40 }`,
  mixed: `deployments: [{ provider: lane-odd-claude, model: claude-sonnet-4-6, id: mixed-claude }, ${deployment('b', ', group: 1')}], retries: { attemptsMax: 1 }`,
  weighted: `deployments: [${deployment('d', ', weight: 3')}, ${deployment('e')}]`,
  sticky: `sticky: user, deployments: [${deployment('d', ', weight: 3')}, ${deployment('e')}]`,
  breaking: `deployments: [${deployment('f')}, ${deployment('g', ', group: 1')}], retries: { attemptsMax: 2, backoffMs: 10, backoffMaxMs: 10 }`,
  broken: `deployments: [${deployment('h')}], retries: { attemptsMax: 1 }`,
  spilling: `deployments: [{ provider: lane-ptu, model: gpt-4.1, id: ptu, capacity: provisioned, internalRate: { input: "1.00", output: "4.00" } }, { provider: lane-paygo, model: gpt-4.1, id: paygo, group: 1, prices: azure }]`,
  'spilling-azure': `deployments: [{ provider: lane-cloud, model: ptu-1, pricedAs: gpt-4.1, id: cloud-ptu, capacity: provisioned, internalRate: { input: "1.00", output: "4.00" } }, { provider: lane-cloud, model: standard-1, pricedAs: gpt-4.1, id: cloud-standard, group: 1, prices: azure }]`,
  accounts: `deployments: [${deployment('shared-1')}, ${deployment('shared-2')}, ${deployment('outside', ', group: 1')}], retries: { attemptsMax: 3, backoffMs: 10, backoffMaxMs: 10 }`,
  alone: `deployments: [${deployment('shared-2')}]`,
  unreachable: `deployments: [{ provider: nowhere, model: gpt-4.1, prices: openai }], retries: { attemptsMax: 1 }, timeouts: { connectMs: 300 }`,
  unstored: `deployments: [{ provider: compatible, model: gpt-4.1, prices: openai }]`,
  'chat-only': `deployments: [{ provider: compatible, model: gpt-4.1, prices: openai }]`,
  'claude-only': `deployments: [{ provider: messages-only, model: claude-sonnet-4-6, prices: anthropic }]`,
  'azure-hosted': `deployments: [{ provider: azure-hosted, model: gpt-4.1, prices: azure }]`,
  suspendable: `deployments: [{ provider: suspendable, model: gpt-4.1, prices: openai }]`,
  penalised: `deployments: [{ provider: penalised, model: gpt-4.1, prices: azure }]`,
  'azure-example': `contextWindow: 128000, deployments: [{ provider: lane-paygo, model: gpt-4.1, id: azure-example, pricedAs: gpt-4o, prices: azure }]`,
  'recorded-azure': `contextWindow: 128000, deployments: [{ provider: recorded-azure, model: gpt-5-nano, id: recorded-azure, prices: azure }]`,
}

/** Models that the recordings name, as they name them after `recorded/`, and how each is priced where the list does not say. */
const recordedModels: ReadonlyMap<string, string> = new Map(recordingsMissing !== false ? [] : readRecordings(recordingsFolder).flatMap(({ requestBody, path }) => {
  const model = /"model": *"([^"]+)"/.exec(requestBody)?.[1] ?? 'whisper-1'
  return [[model, path === '/embeddings' ? 'text-embedding-3-small' : path.startsWith('/audio') ? 'whisper-1' : modelFacts(model) === undefined ? 'gpt-4o' : model]]
}))

function configOf({ own, scripted, recorded }: { own: string; scripted: string; recorded: string | undefined }): string {
  const lane = ({ name, more, type = 'openai-compatible' }: Lane): string => `  lane-${name}: { type: ${type}, prices: ${type === 'azure' ? 'azure' : 'openai'}, baseUrl: "${scripted}/${name}${type === 'azure' ? '' : '/v1'}", apiKey: ${upstreamSecrets.lane}${more === undefined ? '' : `, ${more}`} }`
  return `
providers:
  hosted: { type: sandbox, apiKey: ${upstreamSecrets.hosted} }
  compatible: { type: openai-compatible, prices: openai, baseUrl: "${own}/v1", apiKey: ${upstreamSecrets.account} }
  messages-only: { type: anthropic, baseUrl: "${own}", apiKey: ${upstreamSecrets.account} }
  azure-hosted: { type: azure, baseUrl: "${own}", apiKey: ${upstreamSecrets.account} }
  suspendable: { type: openai, baseUrl: "${own}/v1", apiKey: ${upstreamSecrets.second} }
  penalised: { type: azure, baseUrl: "${own}", apiKey: ${upstreamSecrets.second}-azure }
  lane-keeping: { type: openai, baseUrl: "${scripted}/keeping/v1", apiKey: ${upstreamSecrets.lane} }
  lane-odd-claude: { type: anthropic, baseUrl: "${scripted}/odd", apiKey: ${upstreamSecrets.lane} }
  nowhere: { type: openai-compatible, prices: openai, baseUrl: "http://127.0.0.1:1/v1", apiKey: ${upstreamSecrets.lane} }
  recorded: { type: openai, baseUrl: "${recorded ?? own}/v1", apiKey: ${upstreamSecrets.lane} }
  recorded-azure: { type: azure, baseUrl: "${recorded ?? own}", apiKey: ${upstreamSecrets.lane} }
${lanes.map(lane).join('\n')}
models:
${sandboxModels.map((model) => `  ${model}: { deployments: [{ provider: hosted, model: ${model} }] }`).join('\n')}
${Object.entries(routed).map(([name, spec]) => `  ${name}: { ${spec} }`).join('\n')}
${[...recordedModels].map(([model, pricedAs]) => `  "recorded/${model}": { contextWindow: 128000, retries: { attemptsMax: 1 }, deployments: [{ provider: recorded, model: "${model}", id: "recorded/${model}", pricedAs: ${pricedAs}, prices: openai }] }`).join('\n')}
organizations:
  acme:
    projects:
      main: { keys: [{ name: plain, secret: ${keys.plain} }, { name: expired, secret: ${keys.expired}, expires: "2020-01-01T00:00:00Z" }, { name: narrow, secret: ${keys.narrow}, models: [gpt-4.1-mini] }] }
      rated: { keys: [{ name: limited, secret: ${keys.limited}, limits: { requestsPerMinute: 2 } }, { name: busy, secret: ${keys.busy}, limits: { concurrency: 1 } }, { name: counted, secret: ${keys.counted}, limits: { tokensPerMinute: 1000 } }] }
      watched: { budget: { amount: "0.004", currency: USD, period: total, thresholds: ["0.5", "0.8"] }, keys: [{ name: watched, secret: ${keys.watched} }] }
      poor: { budget: { amount: "0.000001", currency: USD, period: month }, keys: [{ name: poor, secret: ${keys.poor} }] }
      leaving: { budget: { amount: "1000.00", currency: USD, period: month }, keys: [{ name: leaver, secret: ${keys.leaver} }] }
      strict: { dataRetention: none, keys: [{ name: strict, secret: ${keys.strict} }] }
      capturing: { capture: content, keys: [{ name: capturing, secret: ${keys.capturing} }] }
  rivals:
    projects:
      main: { keys: [{ name: other, secret: ${keys.other} }] }
`
}

export interface House {
  readonly weir: WeirProcess
  readonly url: string
  /** The sandbox that stands outside Weir, with `/_sandbox/` for its accounts. */
  readonly sandbox: Sandbox
  readonly scripted: Scripted
  readonly log: () => string
  /** Asks the admin API; throws where it answers an error. */
  readonly admin: <T = unknown>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<T>
  /** Changes weir.yaml, which Weir takes up by itself. */
  readonly reconfigure: (change: (yaml: string) => string) => void
  /** Asserts that nothing but the given caller's own secret stands in what Weir answered. */
  readonly keepsSecrets: (answered: string, own?: string) => void
  /** Waits until no call is open in Weir and all records are posted. */
  readonly settled: () => Promise<void>
}

let opened: Promise<House> | undefined
const closers: (() => Promise<void> | void)[] = []

/** The house, opened by whoever asks first. */
export const house = (): Promise<House> => (opened ??= open())

after(async () => {
  await opened?.catch(() => undefined)
  for (const close of closers.toReversed()) await close()
})

async function open(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'judges-'))
  closers.push(() => { rmSync(folder, { recursive: true, force: true }) })
  const sandbox = await startSandbox({ seed: 7, clock: systemClock, timers: systemTimers })
  closers.push(() => sandbox.close())
  const scripted = await startScripted()
  closers.push(() => scripted.close())
  const recorded: Upstream | undefined = recordingsMissing === false ? await startUpstream({ recordings: recordingsFolder }) : undefined
  if (recorded !== undefined) closers.push(() => recorded.close())
  let log = ''
  const weir = await startWeir({
    data: join(folder, 'data'), config: configOf({ own: sandbox.url, scripted: scripted.url, recorded: recorded?.url }), heard: (text) => (log += text),
    args: ['--log-level', 'debug', '--body-limit-bytes', String(bodyLimitBytes)], env: { WEIR_MASTER_KEY: masterKey },
  })
  closers.push(() => weir.stop())
  // A run that is broken off leaves no process behind.
  process.once('exit', () => {
    try {
      process.kill(weir.pid, 'SIGKILL')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause
    }
  })
  const token = weir.first?.adminToken ?? ''
  const forbidden = [...Object.values(upstreamSecrets), masterKey, token, ...Object.values(keys)]
  const admin: House['admin'] = async (method, path, body) => {
    const response = await fetch(`${weir.url}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as never
  }
  return {
    reconfigure: (change) => { writeFileSync(join(folder, 'data.yaml'), change(readFileSync(join(folder, 'data.yaml'), 'utf8'))) },
    weir, url: weir.url, sandbox, scripted, log: () => log, admin,
    keepsSecrets: (answered, own) => { for (const secret of forbidden) if (secret !== own) assert.ok(!answered.includes(secret), `a secret was shown: ${secret.slice(0, 20)}… in ${answered.slice(0, 400)}`) },
    settled: () => rested(weir.url, token),
  }
}

export const bodyLimitBytes = 2 << 20
