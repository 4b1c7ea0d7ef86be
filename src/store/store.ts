/**
 * The database as the rest of Weir sees it: PostgreSQL, whether served or embedded, behind one queue. Values of int8 and
 * numeric come back as text and go straight to `kernel/`; jsonb comes back parsed; bytea as Buffer; timestamptz as text.
 */
export type Row = Readonly<Record<string, unknown>>

export type Sql = <R extends Row = Row>(text: string, values?: readonly unknown[]) => Promise<R[]>

/** The order in which waiting work gets the session: a hold must never wait for a report (DESIGN.md, Database). */
export const priorities = ['lease', 'revocation', 'posting', 'admin', 'jobs'] as const
export type Priority = (typeof priorities)[number]

export interface Store {
  readonly kind: 'embedded' | 'postgres'
  /** One transaction, read committed, retried on serialization failure and deadlock. Keep it under 50 ms: page long work. */
  readonly transaction: <T>(priority: Priority, run: (sql: Sql) => Promise<T>) => Promise<T>
  /** One statement outside a transaction. */
  readonly query: <R extends Row = Row>(priority: Priority, text: string, values?: readonly unknown[]) => Promise<R[]>
  /** Called with the payload of each `NOTIFY weir, '<payload>'`; after a reconnect with `resync`. */
  readonly onNotify: (listener: (payload: string) => void) => () => void
  /** Database clock minus ours, milliseconds: the least that fits, 0 where both may be right. */
  readonly clockSkewMs: () => Promise<number>
  /** Waiting work by priority, for metrics. */
  readonly waiting: () => Readonly<Record<Priority, number>>
  readonly close: () => Promise<void>
}

/** One step of the schema. `name` sorts: `0001-resources`. Each domain adds its own file and lists it in migrations/all.ts. */
export interface Migration {
  readonly name: string
  /** Statements separated by semicolons, run in one transaction. */
  readonly up: string
}
