/** The name that somebody who mistyped one most likely meant. */

/** How many letters have to be put in, left out, exchanged or swapped with their neighbour to make one text of the other. */
function editsBetween(a: string, b: string): number {
  let last: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (last[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1), swapped))
    }
    last = row
    row = next
  }
  return row[b.length] ?? 0
}

/** The nearest of some names, capitals aside; undefined where none is near: more than a third of the letters would be others. */
export function nearest(name: string, among: readonly string[]): string | undefined {
  const plain = name.trim().toLowerCase()
  const found = among.map((one) => ({ one, edits: editsBetween(plain, one.toLowerCase()) })).toSorted((a, b) => a.edits - b.edits || (a.one < b.one ? -1 : 1))[0]
  return found !== undefined && found.edits <= Math.max(1, Math.floor(found.one.length / 3)) ? found.one : undefined
}
