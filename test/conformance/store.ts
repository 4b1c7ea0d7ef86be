/** What every Store promises, whichever database is behind it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Migration, Priority, Sql, Store } from '../../src/store/store.ts'

/** Tables of the suite's own, so that it says nothing about the product's schema. */
export const conformanceMigrations: readonly Migration[] = [{
  name: '0001-conformance',
  up: `
    CREATE TABLE item (name text PRIMARY KEY, amount numeric NOT NULL, CHECK (amount <= 100));
    CREATE TABLE kind (big int8, exact numeric, body jsonb, at timestamptz, raw bytea, small int4, yes boolean, absent text);
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (parent int REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 42; END $$;
  `,
}]

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export function storeSuite(name: string, open: () => Promise<Store>, skip: string | false): void {
  describe(`store conformance: ${name}`, { skip }, () => {
    let store: Store
    before(async () => { store = await open() })
    after(() => store.close())
    values(() => store)
    transactions(() => store)
    sharing(() => store)
  })
}

const put = (sql: Sql, item: string, amount: string): Promise<unknown> => sql('INSERT INTO item (name, amount) VALUES ($1, $2)', [item, amount])
const has = async (store: Store, item: string): Promise<boolean> => (await store.query('admin', 'SELECT 1 FROM item WHERE name = $1', [item])).length === 1

function values(current: () => Store): void {
  test('integers and decimals keep every digit, as text', async () => {
    const [row] = await current().query('admin', 'INSERT INTO kind (big, exact, small) VALUES ($1, $2, $3) RETURNING big, exact, small', ['9223372036854775807', '12345678901234567890.123456789012', 7])
    assert.deepEqual({ ...row }, { big: '9223372036854775807', exact: '12345678901234567890.123456789012', small: 7 })
  })

  test('bigint parameters are taken as they are', async () => {
    const [row] = await current().query('admin', 'SELECT $1::int8 AS big', [9_007_199_254_740_993n])
    assert.equal(row?.['big'], '9007199254740993')
  })

  test('instants are RFC 3339 text in UTC', async () => {
    const [row] = await current().query('admin', "SELECT '2026-11-01T10:30:00.25+01:00'::timestamptz AS at, '2026-11-01'::date AS day, NULL::timestamptz AS absent")
    assert.deepEqual({ ...row }, { at: '2026-11-01T09:30:00.25Z', day: '2026-11-01', absent: null })
  })

  test('JSON comes back parsed, bytes as a Buffer', async () => {
    const bytes = Buffer.from([0, 1, 254, 255])
    const [row] = await current().query('admin', 'INSERT INTO kind (body, raw) VALUES ($1, $2) RETURNING body, raw, yes, absent', [JSON.stringify({ a: [1, 'ü', null] }), bytes])
    assert.deepEqual(row?.['body'], { a: [1, 'ü', null] })
    assert.ok(Buffer.isBuffer(row?.['raw']))
    assert.deepEqual(row?.['raw'], bytes)
    assert.equal(row?.['yes'], null)
  })

  test('a large value makes the way there and back', async () => {
    const large = Buffer.alloc(3_000_000, 'weir')
    const [row] = await current().query('admin', 'SELECT $1::bytea AS raw', [large])
    assert.ok(large.equals(row?.['raw'] as Buffer))
  })

  test('several statements without parameters run as one, functions with semicolons included', async () => {
    const rows = await current().query('admin', 'SELECT answer() AS n; SELECT 2 AS n')
    assert.deepEqual(rows.map((row) => row['n']), [42, 2])
  })

  test("the databases' clock is near ours", async () => {
    assert.ok(Math.abs(await current().clockSkewMs()) < 5_000)
  })
}

function transactions(current: () => Store): void {
  test('a transaction commits what it did and answers its result', async () => {
    const answer = await current().transaction('lease', async (sql) => { await put(sql, 'committed', '1.5'); return 'done' })
    assert.equal(answer, 'done')
    assert.ok(await has(current(), 'committed'))
  })

  test('a throw inside rolls back and comes out as it was', async () => {
    const thrown = new Error('no')
    await assert.rejects(current().transaction('admin', async (sql) => { await put(sql, 'thrown', '1'); throw thrown }), (cause) => cause === thrown)
    assert.ok(!(await has(current(), 'thrown')))
  })

  test('a failed statement rolls back, carries its SQLSTATE, and the store goes on', async () => {
    await assert.rejects(current().transaction('admin', async (sql) => { await put(sql, 'before', '1'); await put(sql, 'over', '101') }), { code: '23514' })
    assert.ok(!(await has(current(), 'before')))
    await assert.rejects(current().query('admin', 'SELECT * FROM nowhere'), { code: '42P01' })
  })

  test('an error that the callback swallowed is not taken for a commit', async () => {
    await assert.rejects(current().transaction('admin', async (sql) => { await put(sql, 'swallowed', '1'); await sql('SELECT 1/0').catch(() => undefined) }), /rolled back/)
    assert.ok(!(await has(current(), 'swallowed')))
  })

  test('a check that fails at commit is an error, and the session is usable after it', async () => {
    await assert.rejects(current().transaction('admin', (sql) => sql('INSERT INTO child (parent) VALUES (1)')), { code: '23503' })
    assert.equal((await current().query('admin', 'SELECT * FROM child')).length, 0)
  })

  test('serialization failures and deadlocks run the transaction again, a bounded number of times', async () => {
    let runs = 0
    await current().transaction('posting', async (sql) => {
      runs += 1
      await put(sql, 'retried', '1')
      if (runs < 3) await sql("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")
    })
    assert.equal(runs, 3)
    assert.ok(await has(current(), 'retried'))
    runs = 0
    await assert.rejects(current().transaction('posting', async (sql) => {
      runs += 1
      await sql("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$")
    }), { code: '40P01' })
    assert.equal(runs, 5)
  })

  test('the store refuses to be used inside its own transaction, at once', async () => {
    await current().transaction('admin', async () => {
      await assert.rejects(current().query('lease', 'SELECT 1'), /inside its own transaction/)
      await assert.rejects(current().transaction('lease', async () => undefined), /inside its own transaction/)
      await assert.rejects(current().clockSkewMs(), /inside its own transaction/)
    })
    assert.equal((await current().query('admin', 'SELECT 1')).length, 1)
  })

  test('work that a transaction leaves behind may use the store once it has ended', async () => {
    let later: Promise<unknown> | undefined
    await current().transaction('admin', async () => { later = turn().then(turn).then(async () => { await ended; return current().query('admin', 'SELECT 1 AS n') }) })
    release()
    assert.deepEqual(await later, [{ n: 1 }])
  })
  let release: () => void = () => undefined
  const ended = new Promise<void>((resolve) => { release = resolve })

  test('the sql function ends with its transaction', async () => {
    let kept: Sql | undefined
    await current().transaction('admin', async (sql) => { kept = sql })
    await assert.rejects(async () => kept?.('SELECT 1'), /transaction has ended/)
  })
}

function sharing(current: () => Store): void {
  test('a lease passes the waiting reports', async () => {
    const order: string[] = []
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => { open = resolve })
    const work = (priority: Priority): Promise<void> => current().transaction(priority, async (sql) => { await sql('SELECT 1'); order.push(priority) })
    // Enough of them to fill the sessions of either kind.
    const holding = (['admin', 'admin', 'jobs', 'posting', 'lease', 'lease', 'revocation'] as const)
      .map((priority) => current().transaction(priority, async () => gate))
    await turn()
    const waitingWork = [work('jobs'), work('admin'), work('posting'), work('lease')]
    await turn()
    assert.ok(current().waiting().lease >= 1)
    assert.ok(current().waiting().jobs >= 1)
    open()
    await Promise.all([...holding, ...waitingWork])
    assert.equal(order.length, 4)
    if (current().kind === 'embedded') assert.deepEqual(order, ['lease', 'posting', 'admin', 'jobs'])
    assert.deepEqual(current().waiting(), { lease: 0, revocation: 0, posting: 0, admin: 0, jobs: 0 })
  })

  test('a lease is served while long posting runs, on a served database', async (context) => {
    if (current().kind === 'embedded') return context.skip('one session')
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => { open = resolve })
    const posting = [1, 2, 3].map(() => current().transaction('posting', () => gate))
    await current().query('lease', 'SELECT 1')
    await current().query('lease', 'SELECT 1')
    assert.ok(current().waiting().posting > 0)
    open()
    await Promise.all(posting)
  })

  test('notifications arrive once committed, and not when rolled back', async () => {
    const heard: string[] = []
    let arrived: () => void = () => undefined
    const last = new Promise<void>((resolve) => { arrived = resolve })
    const stop = current().onNotify((payload) => { heard.push(payload); if (payload === 'last') arrived() })
    await current().transaction('admin', (sql) => sql("NOTIFY weir, 'kept'"))
    await assert.rejects(current().transaction('admin', async (sql) => { await sql("NOTIFY weir, 'dropped'"); throw new Error('no') }))
    await current().query('admin', "NOTIFY other, 'elsewhere'")
    await current().query('admin', "SELECT pg_notify('weir', $1)", ['last'])
    await last
    assert.deepEqual(heard, ['kept', 'last'])
    stop()
    await current().query('admin', "NOTIFY weir, 'after'")
    assert.deepEqual(heard, ['kept', 'last'])
  })

  test('counts from many sides at once add up', async () => {
    await current().query('admin', "INSERT INTO item (name, amount) VALUES ('counter', 0)")
    await Promise.all(Array.from({ length: 40 }, (_, index) => current().transaction(index % 2 === 0 ? 'lease' : 'admin', async (sql) => {
      const [row] = await sql<{ amount: string }>("SELECT amount FROM item WHERE name = 'counter' FOR UPDATE")
      await sql("UPDATE item SET amount = $1 WHERE name = 'counter'", [Number(row?.amount) + 1])
    })))
    const [row] = await current().query('admin', "SELECT amount FROM item WHERE name = 'counter'")
    assert.equal(row?.['amount'], '40')
  })
}
