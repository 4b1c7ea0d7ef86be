/** What a bench found: lines of at most 80 columns, or one JSON object with `--json`. */

export interface Figure {
  readonly name: string
  readonly value: number | string
  /** Unit and what it is of. */
  readonly says: string
  readonly atMost?: number
  readonly atLeast?: number
}

const shown = (value: number | string): string => (typeof value === 'string' ? value : Number.isInteger(value) || Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2))

function verdict({ value, atMost, atLeast }: Figure): string {
  if (typeof value !== 'number') return ''
  if (atMost !== undefined) return `  at most ${shown(atMost)}: ${value <= atMost ? 'met' : 'missed'}`
  if (atLeast !== undefined) return `  at least ${shown(atLeast)}: ${value >= atLeast ? 'met' : 'missed'}`
  return ''
}

/** Prints and says nothing of failure: a missed target is a figure like any other. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  if (process.argv.includes('--json')) return void console.log(JSON.stringify({ bench: title, figures }))
  console.log(title)
  for (const figure of figures) console.log(`  ${shown(figure.value).padStart(9)}  ${figure.says}${verdict(figure)}`)
}

/** The arguments that are no options. */
export const wordsGiven = (): readonly string[] => process.argv.slice(2).filter((word) => !word.startsWith('--'))
