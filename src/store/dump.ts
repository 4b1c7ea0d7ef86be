/**
 * The whole database as rows, table by table, and back: what backup, restore and a move between engines are made of. Rows
 * travel as JSON that PostgreSQL itself writes and reads, so amounts stay exact. Tables come in an order in which each
 * finds what it refers to.
 */
import type { Row, Sql } from './store.ts'

/** What only says who is there now, and is made again by those who are; a restored database signs nobody in. */
const passing: ReadonlySet<string> = new Set(['node', 'leader', 'limit_pool', 'limit_part', 'sign_in_session', 'sign_in_challenge', 'sign_in_guess'])

export interface Partition {
  readonly table: string
  readonly parent: string
  /** `FOR VALUES …`, as PostgreSQL writes it. */
  readonly bound: string
}

const pageRows = 2_000

interface Named extends Row {
  readonly name: string
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Ordinary and partitioned tables; a partition's rows are its parent's. Those referred to come before those that refer. */
export async function tablesOf(sql: Sql): Promise<readonly string[]> {
  const names = (await sql<Named>(`SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`)).map((row) => row.name)
  const references = await sql<{ name: string; target: string }>(`
    SELECT DISTINCT c.conrelid::regclass::text AS name, c.confrelid::regclass::text AS target FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conrelid <> c.confrelid`)
  const ordered: string[] = []
  const visit = (name: string): void => {
    if (ordered.includes(name) || passing.has(name)) return
    for (const { target } of references.filter((reference) => reference.name === name)) visit(target)
    ordered.push(name)
  }
  for (const name of names) visit(name)
  return ordered
}

export const partitionsOf = async (sql: Sql): Promise<readonly Partition[]> => (await sql<Partition & Row>(`
  SELECT c.relname AS table, p.relname AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
  WHERE c.relispartition AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY 2, 1`)).map(({ table, parent, bound }) => ({ table, parent, bound }))

/** Hands over a table's rows, a page of JSON texts at a time. Run it in one transaction that sees one state of all tables. */
export async function dumpTable(sql: Sql, table: string, page: (rows: readonly string[]) => void): Promise<void> {
  await sql(`DECLARE dump NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS body FROM ${quoted(table)} t`)
  for (;;) {
    const rows = await sql<{ body: string }>(`FETCH ${pageRows} FROM dump`)
    if (rows.length === 0) break
    page(rows.map((row) => row.body))
  }
  await sql('CLOSE dump')
}

/** Columns that are stored, not derived. */
const columnsOf = async (sql: Sql, table: string): Promise<readonly string[]> => (await sql<Named>(`
  SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`, [quoted(table)])).map((row) => row.name)

/** Empties what migrations have put in, makes the partitions, and stops the tables' own triggers: what they did is in the rows. */
export async function beginLoad(sql: Sql, tables: readonly string[], partitions: readonly Partition[]): Promise<void> {
  for (const table of tables) await sql(`ALTER TABLE ${quoted(table)} DISABLE TRIGGER USER`)
  // The database is new: what refers to these and is in no backup, sessions say, is empty.
  await sql(`TRUNCATE ${tables.map(quoted).join(', ')} CASCADE`)
  const there = new Set((await partitionsOf(sql)).map(({ table }) => table))
  for (const { table, parent, bound } of partitions) if (!there.has(table)) await sql(`CREATE TABLE ${quoted(table)} PARTITION OF ${quoted(parent)} ${bound}`)
}

export async function loadRows(sql: Sql, table: string, rows: readonly string[]): Promise<void> {
  const columns = (await columnsOf(sql, table)).map(quoted).join(', ')
  for (let at = 0; at < rows.length; at += pageRows) {
    await sql(`INSERT INTO ${quoted(table)} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM jsonb_populate_recordset(NULL::${quoted(table)}, $1::jsonb)`, [`[${rows.slice(at, at + pageRows).join(',')}]`])
  }
}

/** Sequences go on after the highest number that was loaded; triggers work again. */
export async function endLoad(sql: Sql, tables: readonly string[]): Promise<void> {
  const numbered = await sql<{ name: string; column: string; sequence: string }>(`
    SELECT c.relname AS name, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`)
  for (const { name, column, sequence } of numbered) await sql(`SELECT setval($1::regclass, GREATEST(coalesce((SELECT max(${quoted(column)}) FROM ${quoted(name)}), 0), 1), EXISTS (SELECT 1 FROM ${quoted(name)}))`, [sequence])
  for (const table of tables) await sql(`ALTER TABLE ${quoted(table)} ENABLE TRIGGER USER`)
}
