/** Attacks on the log, seen from the node: it signs nothing and raises `terms-trouble`, which a person and webhooks hear. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../test/embedded.ts'
import { openAnyForTest } from '../test/stores.ts'
import type { Config } from './config.ts'
import { seededRandom } from './kernel/random.ts'
import { makeMasterKey, readKeyring, type Keyring } from './kernel/sealing.ts'
import type { Store } from './store/store.ts'
import { startTerms, type TermsNode } from './start-terms.ts'
import { cosignatureV1, formatVkey, localSigner } from './terms/log/note.ts'
import type { Receipted } from './terms/log/receipt.ts'
import { claimEpoch } from './terms/log/sequencer.ts'

let store: Store
before(async () => { store = await openAnyForTest() })
after(() => store.close())

const now = 1_800_000_000_000
const random = seededRandom(31)
const keyring = readKeyring(makeMasterKey(random)) as Keyring
const dataFolder = temporaryFolder()
const everies = new Set<() => void>()
const raised: string[] = []

async function node(witnesses: Config['witnesses'] = []): Promise<TermsNode> {
  const started = await startTerms({
    config: { witnesses, dataFolder, role: 'all' } as unknown as Config, store, clock: { now: () => now, monotonic: () => now }, random, keyring: () => keyring,
    timers: { after: () => () => undefined, every: (_ms, run) => { everies.add(run); return () => void everies.delete(run) }, soon: (run) => void setImmediate(run) },
    raise: (kind, subject, { says }) => void raised.push(`${kind} ${subject}: ${String(says)}`),
  })
  assert.ok(!('failed' in started))
  return started
}

/** Posts receipts of an organization as the ledger does, and signs. */
async function post({ terms }: TermsNode, organization: string, numbers: readonly number[]): Promise<void> {
  const statement = await terms.receipts('journal', numbers.map((sequence): Receipted => ({
    sequence, attempt: { call: `${organization}-${sequence}`, n: 1, at: now, organization, project: 'p', key: 'k', account: 'a', deployment: 'd', upstreamModel: 'u', regionClass: 'any', retentionMode: 'none' } as Receipted['attempt'],
    outcome: { outcome: 'complete', at: now, source: 'reported', billable: 'yes', counts: { input: 1, output: 2 } } as Receipted['outcome'],
  })))
  await store.query('posting', statement?.text ?? '', statement?.values)
  await terms.sequencer?.round()
}

/** As somebody with the database's password could: what came after a size has never been. */
async function rewind(organization: string, size: number, frontier: Buffer): Promise<void> {
  await store.transaction('jobs', async (sql) => {
    await sql("SET LOCAL session_replication_role = 'replica'")
    await sql('DELETE FROM terms_leaf WHERE log = $1 AND index >= $2', [`receipts/${organization}`, size])
    await sql('DELETE FROM terms_checkpoint WHERE log = $1 AND size > $2', [`receipts/${organization}`, size])
    await sql('UPDATE terms_log SET size = $2, frontier = $3 WHERE id = $1', [`receipts/${organization}`, size, frontier])
  })
}

const frontierOf = async (organization: string): Promise<Buffer> => (await store.query<{ frontier: Buffer }>('admin', 'SELECT frontier FROM terms_log WHERE id = $1', [`receipts/${organization}`]))[0]?.frontier as Buffer
const signedTo = async (organization: string): Promise<number> => Number((await store.query<{ size: string | null }>('admin', 'SELECT max(size) AS size FROM terms_checkpoint WHERE log = $1 AND note IS NOT NULL', [`receipts/${organization}`]))[0]?.size ?? 0)
const told = (): string[] => raised.splice(0)

test('a leaf says under which retention mode the account was declared to be', async () => {
  const running = await node()
  await post(running, 'kept', [1])
  const [row] = await store.query<{ body: string }>('admin', `SELECT body FROM terms_leaf WHERE log = 'receipts/kept'`)
  assert.equal((JSON.parse(row?.body ?? '') as { upstream: { retentionMode?: string } }).upstream.retentionMode, 'none')
  await running.terms.stop()
  assert.deepEqual(told(), [])
})

test('a database that is older than its log is told at the start, and what it had lost is read back', async () => {
  const first = await node()
  await post(first, 'restored', [1, 2, 3])
  const frontier = await frontierOf('restored')
  await post(first, 'restored', [4, 5])
  await first.terms.stop()
  await rewind('restored', 3, frontier)
  const second = await node()
  assert.deepEqual(told(), ['terms-trouble receipts/restored: 2 leaves that the database had lost were read back from the published bundles'])
  await second.terms.stop()
})

test('a log that was rewound under a running node is not signed further and told; at the next start it is two histories', async () => {
  const first = await node()
  await post(first, 'rewound', [1, 2, 3])
  const frontier = await frontierOf('rewound')
  await post(first, 'rewound', [4, 5])
  await rewind('rewound', 3, frontier)
  await post(first, 'rewound', [6])
  assert.deepEqual([told(), await signedTo('rewound')], [['terms-trouble receipts/rewound: the log is rewound and is not signed'], 3])
  await first.terms.stop()
  const second = await node()
  assert.deepEqual(told(), ['terms-trouble receipts/rewound: the database and the published log tell two histories: nothing is signed; run weir log check'])
  await post(second, 'rewound', [7, 8, 9])
  assert.match(told().join('\n'), /^terms-trouble receipts\/rewound: the log is forked and is not signed/)
  assert.equal(await signedTo('rewound'), 3)
  await second.terms.stop()
})

test('a second sequencer that takes a log is told, and the first signs nothing more of it', async () => {
  const running = await node()
  told()
  await post(running, 'taken', [1])
  await claimEpoch(store, 'receipts/taken')
  await post(running, 'taken', [2])
  assert.deepEqual([told().filter((line) => line.includes('taken')), await signedTo('taken')], [['terms-trouble receipts/taken: the log is fenced and is not signed'], 1])
  await running.terms.stop()
})

test('a witness that has seen another history is told with its reason', async (t) => {
  const witness = createServer((request, response) => void request.resume().on('end', () => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('99\n')))
  await new Promise<void>((resolve) => void witness.listen(0, '127.0.0.1', resolve))
  t.after(() => { witness.close() })
  const key = formatVkey(localSigner('witness.example/w', Buffer.alloc(32, 8), cosignatureV1).key)
  const running = await node([{ url: `http://127.0.0.1:${(witness.address() as AddressInfo).port}`, key }])
  await post(running, 'witnessed', [1])
  told()
  for (const every of everies) every()
  await running.terms.stop()
  assert.ok(told().some((line) => /^terms-trouble receipts\/witnessed: witness\.example\/w refused to cosign \(409\): /.test(line)))
})

test('witnesses may change while the node runs: the next minute asks those that are declared now', async (t) => {
  const asked: string[] = []
  const servers = await Promise.all(['one', 'two'].map(async (name) => {
    const server = createServer((request, response) => void request.resume().on('end', () => {
      asked.push(name)
      response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('99\n')
    }))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    t.after(() => { server.close() })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }))
  const key = formatVkey(localSigner('witness.example/w', Buffer.alloc(32, 8), cosignatureV1).key)
  const declared = (at: number): Config['witnesses'] => [{ url: servers[at] ?? '', key }]
  const running = await node(declared(0))
  await post(running, 'changing', [1])
  assert.equal(running.witnessedBy(declared(1)), undefined)
  assert.match(running.witnessedBy([{ url: 'http://w.example', key: key.replace(/\+........\+/, '+00000000+') }]) ?? '', /witnesses\[0\]\.key is not a verifier key/)
  for (const every of everies) every()
  await running.terms.stop()
  assert.deepEqual([...new Set(asked)], ['two'])
  told()
})
