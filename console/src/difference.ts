/** What changed between two texts, line by line: the longest common run of lines stays. */
export interface DiffLine { readonly kind: 'same' | 'added' | 'removed'; readonly text: string }

export function differenceOf(before: string, after: string): readonly DiffLine[] {
  const [old, young] = [before.split('\n'), after.split('\n')]
  // Cell (i, j): length of the longest common subsequence of the rest of both.
  const longest = Array.from({ length: old.length + 1 }, () => new Uint32Array(young.length + 1))
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = longest[i]
    for (let j = young.length - 1; row !== undefined && j >= 0; j -= 1) row[j] = old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      lines.push({ kind: 'same', text: old[i] ?? '' })
      i += 1
      j += 1
    } else if (j >= young.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: old[i] ?? '' })
      i += 1
    } else {
      lines.push({ kind: 'added', text: young[j] ?? '' })
      j += 1
    }
  }
  return lines
}
