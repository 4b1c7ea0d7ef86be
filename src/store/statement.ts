/** One statement on one session. */
import type { Pool, PoolClient, QueryArrayResult, QueryResult } from 'pg'
import type { Row } from './store.ts'

/** Runs a statement; without values, `text` may hold several, whose rows come back together. */
export type Ask = <R extends Row>(session: Pool | PoolClient, text: string, values: readonly unknown[] | undefined) => Promise<R[]>

/** Beyond this many distinct texts, statements stay unnamed: a program that builds SQL must not fill the server's memory. */
const namesMax = 500

/** `named`: statements get names, so that each session plans them once. */
export function asker(named: boolean): Ask {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known !== undefined || names.size >= namesMax) return known
    const name = `weir_${names.size + 1}`
    names.set(text, name)
    return name
  }
  return async <R extends Row>(session: Pool | PoolClient, text: string, values: readonly unknown[] | undefined) => {
    if (values === undefined || values.length === 0) return rowsOf<R>(await session.query(text))
    const name = named ? nameOf(text) : undefined
    return rowsOf<R>(await session.query({ text, values: [...values], ...(name === undefined ? {} : { name }) }))
  }
}

/** Several statements in one text answer with several results. */
function rowsOf<R extends Row>(result: QueryResult | QueryArrayResult | readonly QueryResult[]): R[] {
  return (Array.isArray(result) ? result.flatMap((one: QueryResult) => one.rows as R[]) : (result as QueryResult).rows) as R[]
}
