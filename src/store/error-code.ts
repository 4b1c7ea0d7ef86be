/** SQLSTATE of a database's error, or `ECONNREFUSED` and the like of a system's; undefined for any other value. */
export function codeOf(cause: unknown): string | undefined {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : undefined
}
