/** The case on a running installation: every act once, the case's shares to the digit, nothing twice, and never beside a real provider. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { request } from 'undici'
import { acts, seed, type Seeded } from './seed.ts'
import { ask } from './talk.ts'
import { startWeir } from './weir-process.ts'

type Played = Extract<Seeded, { readonly status: 'played' }>

test('the case is played once on a sandbox installation, and its figures are the case\'s', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-seed-'))
  const weir = await startWeir({ data: join(folder, 'data') })
  t.after(async () => {
    await weir.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  const token = weir.first?.adminToken ?? ''
  const said: string[] = []
  const play = (): Promise<Seeded> => seed({ url: weir.url, token, say: (line) => void said.push(line) })
  const first = await play() as Played
  assert.deepEqual(first.acts, acts.map(({ number, title }) => ({ number, title, was: 'played' })))
  assert.match(said[0] ?? '', /20\.0 of 83\.33 million USD, 24\.0 %/)
  assert.deepEqual(said.filter((line) => /undefined|NaN|\[object|unexplained/.test(line)), [])
  const figure = (book: string, name: string): readonly (string | undefined)[] => [first.before, first.after].map((figures) => figures.find((one) => one.book === book && one.figure === name)?.value)
  assert.deepEqual(figure('cloud', 'invoices'), ['0', '4'])
  assert.deepEqual(figure('buyer', 'invoiced'), ['0', '19000000'])
  assert.deepEqual(figure('maker', 'complaints'), ['0', '1'])
  assert.notEqual(figure('own', 'calls')[1], '0')

  const again = await play() as Played
  assert.ok(again.acts.every((act) => act.was === 'there'))
  assert.deepEqual(again.after, first.after, 'playing it again changes nothing')
  const tokens = await ask(`${weir.url}/admin/v1/tokens`, token) as { readonly data: readonly { readonly name: string; readonly revoked_at?: string | null }[] }
  assert.deepEqual(tokens.data.filter((one) => one.name.startsWith('the case') && (one.revoked_at ?? null) === null), [], 'no token of the play is left')
  const check = await ask(`${weir.url}/admin/v1/ledger/check`, token) as { readonly data?: readonly { readonly found: number }[] }
  assert.ok(!JSON.stringify(check).includes('"passed":false'), JSON.stringify(check))

  const put = await request(`${weir.url}/admin/v1/providers/real`, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ type: 'openai', apiKey: 'sk-not-a-key-at-all' }) })
  assert.equal(put.statusCode, 200, await put.body.text())
  const refused = await play()
  assert.equal(refused.status, 'refused')
  assert.match((refused as { readonly says: string }).says, /real providers \(real\)/)
})
