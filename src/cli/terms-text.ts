/** How terms read on a terminal: differences between texts, shares of a statement. */
import { decimal } from '../kernel/decimal.ts'

/** Lines of both texts: `  ` kept, `- ` only before, `+ ` only after (longest common subsequence). */
export function lineDifferences(before: string, after: string): readonly string[] {
  const [a, b] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')]
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) (lengths[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i]}`)
      i += 1
      j += 1
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${a[i]}`)
      i += 1
    } else {
      lines.push(`+ ${b[j]}`)
      j += 1
    }
  }
  return lines
}

/** Part of a whole in percent with one decimal, rounded down, from exact decimal texts; `-` where the whole is nothing. */
export function share(part: string, whole: string): string {
  const [a, b] = [decimal(part), decimal(whole)]
  const scale = Math.max(a.scale, b.scale)
  const [top, bottom] = [a.coefficient * 10n ** BigInt(scale - a.scale), b.coefficient * 10n ** BigInt(scale - b.scale)]
  if (bottom <= 0n) return '-'
  const thousandths = (top * 1_000n) / bottom
  return `${thousandths / 10n}.${thousandths % 10n} %`
}
