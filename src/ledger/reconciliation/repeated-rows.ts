/**
 * Rows that a bill has twice, told while it is read: afterwards an hour, a project or a tag that tells two rows apart is gone.
 */

/** Answers of each row of a bill, in order, whether the same stood before it, in all that the bill says of it. */
export function repetitions(): (row: unknown) => boolean {
  const seen = new Set<string>()
  return (row) => {
    const words = JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
    const before = seen.has(words)
    seen.add(words)
    return before
  }
}
