/**
 * The role matrix: every route of the admin API as every role, against a table that is written by hand and shares nothing
 * with `permissions.ts` and `roles.ts`. And row by row: what a customer or a maker gets is its own.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { type TestContext } from 'node:test'
import { openAdmin, type Stage } from '../../test/admin-stage.ts'
import { signInPage } from '../../docs/make-roles.ts'
import { createKey, createToken } from './keys.ts'
import { roles, type Role } from './roles.ts'

/** One letter a role. */
const letters: Readonly<Record<Role, string>> = { owner: 'O', finance: 'F', compliance: 'C', engineer: 'E', auditor: 'A', customer: 'U', maker: 'M' }

/** Who may call what. `*`: anybody, without a sign-in. */
const matrix: Readonly<Record<string, string>> = {
  'GET /admin/v1/sign-in': '*', 'POST /admin/v1/sign-in/password': '*', 'POST /admin/v1/sign-in/code': '*', 'POST /admin/v1/sign-in/token': '*', 'POST /admin/v1/sign-in/leave': '*', 'POST /admin/v1/sign-in/link': '*', 'POST /admin/v1/sign-in/link/accept': '*',
  'POST /admin/v1/sign-in/passkey/options': '*', 'POST /admin/v1/sign-in/passkey': '*', 'GET /admin/v1/sign-in/sso': '*', 'GET /admin/v1/sign-in/sso/callback': '*',
  // One's own.
  'GET /admin/v1/session': 'OFCEAUM', 'DELETE /admin/v1/session': 'OFCEAUM', 'GET /admin/v1/account': 'OFCEAUM', 'PUT /admin/v1/account/password': 'OFCEAUM', 'POST /admin/v1/account/confirm': 'OFCEAUM',
  'POST /admin/v1/account/totp': 'OFCEAUM', 'PUT /admin/v1/account/totp': 'OFCEAUM', 'DELETE /admin/v1/account/totp': 'OFCEAUM', 'POST /admin/v1/account/recovery-codes': 'OFCEAUM',
  'POST /admin/v1/account/passkeys/options': 'OFCEAUM', 'POST /admin/v1/account/passkeys': 'OFCEAUM', 'DELETE /admin/v1/account/passkeys/:passkey': 'OFCEAUM',
  'GET /admin/v1/account/sessions': 'OFCEAUM', 'DELETE /admin/v1/account/sessions': 'OFCEAUM', 'DELETE /admin/v1/account/sessions/:session': 'OFCEAUM',
  // Who may do what.
  'POST /admin/v1/set-up': 'O', 'GET /admin/v1/people': 'OFCEA', 'GET /admin/v1/users': 'OA', 'POST /admin/v1/users': 'O', 'PUT /admin/v1/users/:user': 'O', 'POST /admin/v1/users/:user/reset': 'O',
  'GET /admin/v1/tokens': 'OA', 'POST /admin/v1/tokens': 'O', 'DELETE /admin/v1/tokens/:token': 'O', 'POST /admin/v1/secrets/rotate': 'O', 'POST /admin/v1/logs/keys/rotate': 'O', 'POST /admin/v1/logs/keys/retire': 'O',
  // What is declared.
  'GET /admin/v1/snapshot': 'OFCEA', 'GET /admin/v1/resources': 'OFCEA', 'POST /admin/v1/apply': 'OE', 'GET /admin/v1/organizations': 'OFCEA', 'GET /admin/v1/organizations/:organization': 'OFCEA',
  'PUT /admin/v1/organizations/:organization': 'OE', 'DELETE /admin/v1/organizations/:organization': 'OE', 'GET /admin/v1/projects': 'OFCEAU', 'GET /admin/v1/organizations/:organization/projects/:project': 'OFCEA',
  'PUT /admin/v1/organizations/:organization/projects/:project': 'OE', 'DELETE /admin/v1/organizations/:organization/projects/:project': 'OE',
  'GET /admin/v1/keys': 'OFCEAU', 'POST /admin/v1/keys': 'OEU', 'POST /admin/v1/keys/:key/rotate': 'OEU', 'DELETE /admin/v1/keys/:key': 'OEU',
  'GET /admin/v1/providers': 'OFCEA', 'GET /admin/v1/provider-types': 'OFCEA', 'PUT /admin/v1/providers/:name': 'OE', 'DELETE /admin/v1/providers/:name': 'OE',
  'GET /admin/v1/models': 'OFCEA', 'PUT /admin/v1/models/:name': 'OE', 'DELETE /admin/v1/models/:name': 'OE', 'GET /admin/v1/prices': 'OFCEA', 'GET /admin/v1/prices/history': 'OFCEA', 'POST /admin/v1/prices': 'OF',
  'GET /admin/v1/diversions': 'OFCEA', 'PUT /admin/v1/diversions/:model': 'OE', 'DELETE /admin/v1/diversions/:model': 'OE', 'GET /admin/v1/diversions/:model/sides': 'OFCEA',
  // What happened.
  'GET /admin/v1/budgets': 'OFCEA', 'GET /admin/v1/usage': 'OFCEAUM', 'GET /admin/v1/costs': 'OFCEAUM', 'GET /v1/organization/usage/completions': 'OFCEAU', 'GET /v1/organization/usage/embeddings': 'OFCEAU', 'GET /v1/organization/costs': 'OFCEAU',
  'GET /admin/v1/calls': 'OFCEA', 'GET /admin/v1/calls/:call': 'OFCEA', 'GET /admin/v1/live': 'OFCEA', 'GET /admin/v1/service': 'OFCEA', 'GET /admin/v1/capacity': 'OFCEA', 'GET /admin/v1/health': 'OFCEA', 'POST /admin/v1/accounts/:account/reinstate': 'OE',
  'GET /admin/v1/events': 'OFCEA', 'GET /admin/v1/doctor': 'OFCEA', 'GET /admin/v1/ledger/check': 'OFCEA', 'GET /admin/v1/quarantine': 'OFCEA', 'POST /admin/v1/quarantine/redrive': 'OF', 'POST /admin/v1/quarantine/:id/dismiss': 'OF',
  'GET /admin/v1/outlook': 'OFCEA', 'GET /admin/v1/outlook/records/:kind': 'OFCEA', 'POST /admin/v1/outlook/records/:kind': 'OF',
  'GET /admin/v1/demo': 'OFCEA', 'POST /admin/v1/demo/runs': 'O', 'GET /admin/v1/demo/runs/:run': 'OFCEA',
  // Terms and proof.
  'GET /admin/v1/terms/records/:kind': 'OFCEA', 'GET /admin/v1/terms/records/:kind/:id': 'OFCEA', 'POST /admin/v1/terms/records/:kind': 'OC', 'GET /admin/v1/terms/explain/:purpose': 'OFCEA',
  'GET /admin/v1/terms/clauses': 'OFCEA', 'GET /admin/v1/terms/clauses/:clause': 'OFCEA', 'POST /admin/v1/terms/clauses/:clause/simulate': 'OFCEA', 'PUT /admin/v1/terms/clauses/:clause': 'OC',
  'POST /admin/v1/terms/clauses/:clause/approve': 'OC', 'POST /admin/v1/terms/clauses/:clause/attach': 'OC', 'POST /admin/v1/terms/approvals/:approval': 'OC', 'GET /admin/v1/terms/statement': 'OFCEAU',
  'GET /admin/v1/receipts/:call': 'OFCEA', 'GET /admin/v1/logs': 'OFCEA', 'GET /admin/v1/logs/governance': 'OFCEA', 'GET /admin/v1/logs/check': 'OFCEA',
  'POST /admin/v1/datasets': 'OCE', 'GET /admin/v1/datasets/:name/files/:file': 'OCE', 'POST /admin/v1/models/trainings': 'OCE', 'POST /admin/v1/publications': 'OCE', 'GET /admin/v1/lineage': 'OCEA', 'GET /admin/v1/lineage/:id': 'OCEA', 'GET /admin/v1/lineage/:id/bom': 'OCEA', 'PUT /admin/v1/lineage/:id': 'OCE',
  'GET /admin/v1/content/requests': 'OCEA', 'POST /admin/v1/content/requests': 'OCE', 'POST /admin/v1/content/requests/:id/allow': 'OC', 'GET /admin/v1/content/requests/:id/content': 'OCE', 'POST /admin/v1/content/erase': 'OC', 'GET /admin/v1/holds': 'OCEA', 'POST /admin/v1/holds': 'OC', 'POST /admin/v1/holds/:hold/review': 'OC', 'POST /admin/v1/holds/:hold/end': 'OC',
  'GET /admin/v1/cases': 'OFCEAU', 'GET /admin/v1/cases/:case': 'OFCEAU', 'GET /admin/v1/cases/:case/contracts': 'OC', 'POST /admin/v1/cases': 'OC', 'POST /admin/v1/cases/:case/moves': 'OC', 'POST /admin/v1/cases/:case/restrictions': 'OC',
  'POST /admin/v1/cases/:case/restrictions/:restriction/approve': 'OC', 'POST /admin/v1/cases/:case/restrictions/:restriction/lift': 'OC', 'POST /admin/v1/cases/:case/pack': 'OC',
  'POST /admin/v1/cases/:case/answer': 'OCU', 'POST /admin/v1/cases/:case/appeal': 'OCU', 'GET /v1/safety/cases/:case': 'OFCEAU', 'GET /admin/v1/organizations/:organization/abuse-penalty': 'OFCEAU', 'GET /admin/v1/organizations/:organization/data-retention': 'OFCEAU',
  'GET /admin/v1/referrals': 'OCAM', 'POST /admin/v1/referrals': 'OCM', 'GET /admin/v1/makers/:maker/usage': 'OCAM',
  'GET /admin/v1/notice-sources': 'OCEA', 'POST /admin/v1/notice-sources': 'OC', 'GET /admin/v1/account-watches': 'OCEA', 'POST /admin/v1/account-watches': 'OC', 'DELETE /admin/v1/account-watches/:watch': 'OC', 'POST /hooks/notices/:source': '*', 'GET /admin/v1/notices': 'OCEA', 'GET /admin/v1/notices/:notice': 'OCEA', 'POST /admin/v1/notices': 'OC', 'POST /admin/v1/notices/:notice/response': 'OC',
  'GET /admin/v1/webhook-endpoints': 'OCEA', 'POST /admin/v1/webhook-endpoints': 'OCE', 'PATCH /admin/v1/webhook-endpoints/:endpoint': 'OCE', 'DELETE /admin/v1/webhook-endpoints/:endpoint': 'OCE', 'POST /admin/v1/webhook-endpoints/:endpoint/rotate': 'OCE',
  'GET /admin/v1/webhook-deliveries': 'OCEA', 'POST /admin/v1/webhook-endpoints/:endpoint/deliveries/:delivery/redeliver': 'OCE', 'GET /admin/v1/drills': 'OFCEA', 'POST /admin/v1/drills': 'OCE',
  'GET /admin/v1/screening/lists': 'OFCEA', 'POST /admin/v1/screening/lists': 'OC', 'GET /admin/v1/screening/hits': 'OFCEA', 'POST /admin/v1/screening/hits/:hit': 'OC',
  'GET /admin/v1/terms/decisions': 'OFCEA', 'GET /admin/v1/terms/decisions/:decision': 'OFCEA', 'GET /admin/v1/terms/completeness': 'OFCEA', 'POST /admin/v1/terms/agreements/:agreement/state': 'OC',
  'GET /admin/v1/signals': 'OCEA', 'GET /admin/v1/signals/:signal': 'OCEA', 'GET /admin/v1/clusters': 'OCEA', 'POST /admin/v1/signals/:signal/clear': 'OC', 'POST /admin/v1/signals/:signal/indicators': 'OC', 'POST /admin/v1/indicators/match': 'OC', 'POST /admin/v1/datasets/leads': 'OCE',
  // Money.
  'GET /admin/v1/contracts': 'OFA', 'GET /admin/v1/contracts/:id': 'OFA', 'GET /admin/v1/contracts/:id/suspension': 'OFA', 'GET /admin/v1/parties': 'OFA', 'PUT /admin/v1/contracts/:id': 'OF', 'PUT /admin/v1/parties/:id': 'OF', 'PUT /admin/v1/agreements/:id': 'OF', 'PUT /admin/v1/assets/:id': 'OF', 'POST /admin/v1/assets/:id/months': 'OF', 'POST /admin/v1/exchange-rates': 'OF',
  'GET /admin/v1/invoices': 'OFAU', 'GET /admin/v1/invoices/:id': 'OFAU', 'POST /admin/v1/invoices/close': 'OF', 'POST /admin/v1/invoices/:id/issue': 'OF', 'POST /admin/v1/invoices/:id/void': 'OF', 'POST /admin/v1/invoices/:id/credit': 'OF', 'GET /admin/v1/payments': 'OFA', 'POST /admin/v1/payments': 'OF', 'POST /admin/v1/payments/match': 'OF', 'POST /admin/v1/payments/:id/refunds': 'OF', 'POST /admin/v1/payments/:id/return': 'OF', 'GET /admin/v1/exposure': 'OFA', 'GET /admin/v1/exposure/:organization': 'OFA',
  'GET /admin/v1/spend-caps': 'OFA', 'POST /admin/v1/spend-caps/:budget/lift': 'OF', 'GET /admin/v1/nodes': 'OFCEA', 'POST /admin/v1/nodes/:journal/write-off': 'OF',
  'GET /admin/v1/re-ratings/:organization/:month': 'OFA', 'POST /admin/v1/re-ratings/:organization/:month': 'OF', 'GET /admin/v1/price-corrections': 'OFA', 'POST /admin/v1/price-corrections': 'OF',
  'GET /admin/v1/invoices/:id/chargeback': 'OFA', 'POST /admin/v1/prepayments': 'OF', 'POST /admin/v1/reminders': 'OF',
  'GET /admin/v1/statements': 'OFAM', 'GET /admin/v1/statements/:id': 'OFAM', 'POST /admin/v1/statements': 'OF', 'GET /admin/v1/margins': 'OFA', 'GET /admin/v1/value': 'OFA',
  'GET /admin/v1/reconciliations': 'OFA', 'GET /admin/v1/reconciliations/:id': 'OFA', 'GET /admin/v1/disputes': 'OFA', 'POST /admin/v1/disputes/:id/moves': 'OF',
  'POST /admin/v1/bills': 'OF', 'POST /admin/v1/reconciliations/:id/true-up': 'OF', 'POST /admin/v1/reconciliations/:id/disputes': 'OF', 'GET /admin/v1/usage-export/:organization': 'OFA', 'GET /admin/v1/focus/:dataset': 'OFA',
  'POST /admin/v1/suppliers/:supplier/months': 'OF',
}

const bounds = { customer: { organization: 'default' }, maker: { maker: 'acme-models' } } as const

async function tokenOf({ book }: Stage, role: Role, label: string = role, more: { readonly organization?: string; readonly maker?: string } = bounds[role as 'customer'] ?? {}): Promise<string> {
  const { organization, ...rest } = more
  const made = await createToken(book, label, organization, { role, ...rest })
  if (made.status !== 'made') throw new Error(made.status)
  return made.secret
}

const filled = (path: string): string => path.replaceAll(/:\w+/g, 'x')

async function tryRoute({ url }: Stage, route: string, token: string | undefined): Promise<{ readonly status: number; readonly code: string }> {
  const [method = '', path = ''] = route.split(' ')
  const send = method === 'POST' || method === 'PUT'
  const leave = new AbortController()
  const answer = await fetch(`${url}${filled(path)}`, { method, redirect: 'manual', signal: leave.signal, ...(send ? { body: '{}' } : {}), headers: { ...(send ? { 'content-type': 'application/json' } : {}), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } })
  if (answer.headers.get('content-type') === 'text/event-stream') {
    leave.abort()
    return { status: answer.status, code: '' }
  }
  const text = await answer.text()
  const { error } = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: { code?: string } }
  return { status: answer.status, code: error?.code ?? '' }
}

test('every route stands in the role matrix', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  const missing = stage.api.routes.filter((route) => matrix[route] === undefined)
  assert.deepEqual(missing, [], `Add to \`matrix\` in src/admin/roles.test.ts who may call it, one letter a role (${Object.entries(letters).map(([role, letter]) => `${letter} ${role}`).join(', ')}; * anybody).
Its permission stands in src/admin/permissions.ts, and who has that permission in src/admin/roles.ts. Let U or M call it only if it shows a customer or a maker its own rows and nothing else.`)
  const gone = Object.keys(matrix).filter((route) => !stage.api.routes.includes(route))
  assert.deepEqual(gone, [], 'these routes are gone: take them out of `matrix`')

  for (const role of roles) {
    await t.test(`${role}: answered where the matrix says so, refused everywhere else`, async () => {
      const token = await tokenOf(stage, role)
      const wrong: string[] = []
      for (const route of stage.api.routes) {
        const { status, code } = await tryRoute(stage, route, token)
        const expected = matrix[route] === '*' || matrix[route]?.includes(letters[role]) === true
        const refused = status === 403 && code === 'not_permitted'
        // An admin token has no account of its own; that is not the role's doing.
        const other = status === 401 || (status === 403 && !refused && code !== 'no_account')
        if (expected === refused || (other && matrix[route] !== '*')) wrong.push(`${route}: expected ${expected ? 'an answer' : '403'}, got ${status} ${code}`)
      }
      assert.deepEqual(wrong, [])
    })
  }

  await t.test('without a sign-in only the public routes answer', async () => {
    for (const route of stage.api.routes) {
      const { status, code } = await tryRoute(stage, route, undefined)
      assert.equal(status === 401 && code === 'no_token', matrix[route] !== '*', `${route} ${status} ${code}`)
    }
  })

  await t.test('no route answers HEAD: what it would run, it would run for anybody', async () => {
    for (const path of ['/admin/v1/users', '/admin/v1/keys', '/admin/v1/live', '/admin/v1/usage']) {
      assert.equal((await fetch(`${stage.url}${path}`, { method: 'HEAD' })).status, 404, path)
    }
  })

  await t.test('a webhook without JSON is refused, not stumbled over', async () => {
    assert.equal((await stage.call('POST', '/hooks/notices/x', undefined, null)).status, 415)
    assert.deepEqual(stage.failures, [])
  })

  await t.test('an auditor writes nothing: every route that it may call reads, or is its own account', () => {
    const writes = Object.entries(matrix).filter(([route, who]) => who.includes('A') && !route.startsWith('GET ')).map(([route]) => route)
    // Simulating a clause answers what would have been and keeps nothing.
    assert.deepEqual(writes.filter((route) => !/\/admin\/v1\/(account|session)/.test(route)), ['POST /admin/v1/terms/clauses/:clause/simulate'])
  })
})

test('docs/sign-in.md shows the roles as they are', () => {
  assert.equal(readFileSync(new URL('../../docs/sign-in.md', import.meta.url), 'utf8'), signInPage(), 'run: node docs/make-roles.ts')
})

interface Listed { readonly data: readonly Readonly<Record<string, string>>[] }

async function seedTwoCustomers(stage: Stage): Promise<void> {
  const { store, book, call } = stage
  for (const name of ['acme', 'beta']) {
    assert.equal((await call('PUT', `/admin/v1/organizations/${name}`, {})).status, 200)
    assert.equal((await call('PUT', `/admin/v1/organizations/${name}/projects/feed`, {})).status, 200)
    assert.equal((await createKey(book, { organization: name, project: 'feed', spec: { name: 'one' } })).status, 'made')
    assert.equal((await call('POST', '/admin/v1/cases', { about: { organization: name }, source: 'referral', referred_by: name === 'acme' ? 'maker-a' : 'maker-b', matter: 'misuse', clause: 'oai.use', says: 'A signal.', evidence: ['call_1'] })).status, 201)
  }
  const minute = Math.floor(Date.parse('2026-11-19T12:00:00Z') / 60_000)
  for (const [organization, maker, model] of [['acme', 'maker-a', 'm-a'], ['beta', 'maker-a', 'm-a'], ['beta', 'maker-b', 'm-b']] as const) {
    await store.query('admin', `INSERT INTO usage_minute (minute, dims, organization, project, key, purpose, model, deployment, supplier, maker, operation, tier, currency, calls, attempts, reported, estimated, absent, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, pieces, cost)
      VALUES ($1, $2::text || $3::text, $2, $2 || '/feed', 'key_' || $2, '', $4, 'dep', 'sup', $3, 'chat', 'default', 'USD', 1, 1, 1, 0, 0, 10, 0, 0, 0, 5, 0, 0, 0, 1.5)`, [minute, organization, maker, model])
    await store.query('admin', `INSERT INTO invoice (id, kind, organization, contract, contract_version, month, ordinal, status, currency, net, tax, total, prepaid, due, document, created_at, number, issued_on, due_on, transaction_id)
      SELECT 'inv_' || $1::text || s, 'invoice', $1, 'c', 1, '2026-10', CASE s WHEN 'issued' THEN 0 ELSE 1 END, s, 'USD', 10, 0, 10, 0, 10, '{}', now(), n, d, d, n FROM (VALUES ('issued', 'N-' || $1::text, date '2026-11-01'), ('draft', NULL, NULL)) v(s, n, d) ON CONFLICT DO NOTHING`, [organization])
  }
  const line = { direction: 'to-maker', kind: 'revenue-share', description: '20 % of what was billed for m-a', model: 'm-a', rate: '0.2', keys: { month: '2026-10', priceRows: ['p'], invoices: ['inv_acmeissued'], calls: 3 } }
  for (const maker of ['maker-a', 'maker-b']) {
    await store.query('admin', `INSERT INTO statement (id, maker, month, agreement, agreement_version, currency, net, document, transaction_id, issued_at) VALUES ('st_' || $1::text, $1, '2026-10', 'ag', 1, 'USD', 3, $2::jsonb, 'tx', now())`, [maker, JSON.stringify({
      maker, agreement: 'ag', agreementVersion: 1, month: '2026-10', currency: 'USD', toMaker: '3', toChannel: '0', net: '3', remainder: '0',
      lines: [{ ...line, n: 1, organization: 'acme', base: '5', exact: '1', payable: '1.00' }, { ...line, n: 2, organization: 'beta', base: '10', exact: '2', payable: '2.00' }],
    })])
  }
}

test('a customer and a maker see their own rows on every route that they may call', async (t) => {
  const stage = await openAdmin()
  t.after(stage.close)
  await seedTwoCustomers(stage)
  const { call } = stage
  const customer = await tokenOf(stage, 'customer', 'customer of acme', { organization: 'acme' })
  const maker = await tokenOf(stage, 'maker', 'maker-a', { maker: 'maker-a' })
  const ask = async (path: string, token: string): Promise<{ readonly status: number; readonly text: string; readonly data: Listed['data'] }> => {
    const answer = await call('GET', path, undefined, token)
    return { status: answer.status, text: answer.text, data: (answer.body as unknown as Partial<Listed>).data ?? [] }
  }
  const caseOf = async (organization: string): Promise<string> => (await ask(`/admin/v1/cases?organization=${organization}`, stage.token)).data[0]?.['id'] ?? ''
  await customerRows(t, ask, customer, caseOf)
  await makerRows(t, ask, maker)

  await t.test('a maker refers in its own name, and in no other', async () => {
    const referral = { maker: 'maker-a', clause: 'oai.use', says: 'A complaint.', request_ids: ['req_1'] }
    assert.equal((await call('POST', '/admin/v1/referrals', referral, maker)).status, 201)
    assert.equal((await call('POST', '/admin/v1/referrals', { ...referral, maker: 'maker-b' }, maker)).status, 403)
    // A case of the channel's names the customer, so a maker opens none itself.
    assert.equal((await call('POST', '/admin/v1/cases', { about: { organization: 'beta' }, source: 'referral', referred_by: 'maker-a', clause: 'oai.use', says: 'A complaint.' }, maker)).status, 403)
  })

  await t.test('keys: a customer makes, turns and revokes its own, and knows of no other', async () => {
    const keys = (await ask('/admin/v1/keys', stage.token)).data
    const other = keys.find((one) => one['organization'] === 'beta')?.['id'] ?? ''
    assert.equal((await call('POST', `/admin/v1/keys/${other}/rotate`, {}, customer)).status, 404)
    assert.equal((await call('DELETE', '/admin/v1/keys/beta~feed~one', undefined, customer)).status, 404)
    assert.equal((await call('POST', '/admin/v1/keys', { organization: 'beta', project: 'feed', name: 'two' }, customer)).status, 403)
    const made = await call('POST', '/admin/v1/keys', { organization: 'acme', project: 'feed', name: 'two' }, customer)
    assert.equal(made.status, 201, made.text)
    const { id } = made.body as unknown as { id: string }
    assert.equal((await call('POST', `/admin/v1/keys/${id}/rotate`, {}, customer)).status, 200)
    assert.equal((await call('DELETE', `/admin/v1/keys/${id}`, undefined, customer)).status, 200)
    assert.equal((await ask('/admin/v1/keys', stage.token)).data.some((one) => one['id'] === other), true)
  })
})

type Ask = (path: string, token: string) => Promise<{ readonly status: number; readonly text: string; readonly data: Listed['data'] }>

async function customerRows(t: TestContext, ask: Ask, customer: string, caseOf: (organization: string) => Promise<string>): Promise<void> {
  await t.test('customer', async () => {
    for (const path of ['/admin/v1/usage?group_by=organization', '/admin/v1/costs?group_by=organization', '/admin/v1/projects', '/admin/v1/keys', '/admin/v1/keys?revoked=true', '/admin/v1/invoices', '/admin/v1/cases']) {
      const { status, data, text } = await ask(path, customer)
      assert.equal(status, 200, text)
      assert.deepEqual([...new Set(data.map((one) => one['organization']))], ['acme'], path)
      assert.ok(!text.includes('beta'), path)
    }
    const start = Date.parse('2026-11-19T00:00:00Z') / 1_000
    for (const kind of ['usage/completions', 'usage/embeddings', 'costs']) {
      const { status, text } = await ask(`/v1/organization/${kind}?start_time=${start}&end_time=${start + 86_400}&group_by=project_id`, customer)
      assert.equal(status, 200, text)
      assert.ok(!text.includes('beta'), text)
    }
    for (const path of ['/admin/v1/usage?organization=beta', '/admin/v1/costs?organization=beta', '/admin/v1/projects?organization=beta', '/admin/v1/invoices?organization=beta', '/admin/v1/terms/statement?organization=beta&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z']) {
      assert.equal((await ask(path, customer)).status, 403, path)
    }
    assert.equal((await ask('/admin/v1/usage?project=beta/feed&group_by=project', customer)).data.length, 0)
    assert.deepEqual((await ask('/admin/v1/keys?project=beta/feed', customer)).data, [])
    for (const id of ['inv_betaissued', 'inv_acmedraft']) assert.equal((await ask(`/admin/v1/invoices/${id}`, customer)).status, 404, id)
    assert.deepEqual((await ask('/admin/v1/invoices', customer)).data.map((one) => one['id']), ['inv_acmeissued'])
    assert.equal((await ask(`/admin/v1/cases/${await caseOf('acme')}`, customer)).status, 200)
    assert.equal((await ask(`/admin/v1/cases/${await caseOf('beta')}`, customer)).status, 404)
    assert.match((await ask('/admin/v1/terms/statement?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z', customer)).text, /no signed receipts of acme/)
  })
}

async function makerRows(t: TestContext, ask: Ask, maker: string): Promise<void> {
  await t.test('maker', async () => {
    for (const kind of ['usage', 'costs']) {
      const { status, data, text } = await ask(`/admin/v1/${kind}`, maker)
      assert.equal(status, 200, text)
      // Two customers' calls in one row, and nobody's name.
      assert.deepEqual(data.map((one) => [one['model'], one['cost']]), [['m-a', '3']], text)
      assert.ok(!/acme|beta|m-b/.test(text), text)
      for (const asked of ['group_by=organization', 'group_by=model,project', 'group_by=key', 'group_by=supplier', 'group_by=deployment', 'group_by=purpose', 'organization=acme', 'project=acme/feed', 'key=key_acme', 'purpose=', 'maker=maker-b']) {
        const refused = await ask(`/admin/v1/${kind}?${asked}`, maker)
        assert.ok(refused.status === 403 || (asked === 'purpose=' && refused.data.length <= 1), `${kind}?${asked} ${refused.status}`)
      }
    }
    const statements = await ask('/admin/v1/statements', maker)
    assert.deepEqual(statements.data.map((one) => one['id']), ['st_maker-a'])
    assert.equal((await ask('/admin/v1/statements?maker=maker-b', maker)).status, 403)
    assert.equal((await ask('/admin/v1/statements/st_maker-b', maker)).status, 404)
    const one = await ask('/admin/v1/statements/st_maker-a', maker)
    assert.ok(!/acme|beta|inv_/.test(one.text), one.text)
    const { document } = JSON.parse(one.text) as { document: { lines: { payable: string; base: string; keys: { calls: number } }[] } }
    assert.deepEqual(document.lines.map(({ base, payable, keys }) => [base, payable, keys.calls]), [['15', '3', 6]])
    const referrals = await ask('/admin/v1/referrals', maker)
    assert.deepEqual(referrals.data.map((each) => [each['maker'], each['state']]), [['maker-a', 'signal']])
    assert.ok(!/acme|beta|maker-b|call_1/.test(referrals.text), referrals.text)
    const [referred] = referrals.data
    for (const path of ['/admin/v1/cases', `/admin/v1/cases/${referred?.['case'] ?? ''}`]) assert.equal((await ask(path, maker)).status, 403, path)
  })
}
