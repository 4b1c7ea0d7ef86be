/** Plain tables that fit 80 columns. */

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Never cut, since the row is named by it. */
  readonly whole?: boolean
}

const widthMax = 80
const gap = 2

/** Cells that do not fit are cut in the widest left-aligned column; numbers and names by which rows are asked for never are. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((column, index) => Math.max(column.title.length, ...rows.map((row) => (row[index] ?? '').length)))
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + gap * (columns.length - 1)
  const cuttable = (column: Column | undefined): boolean => column?.align !== 'right' && column?.whole !== true
  while (total() > widthMax) {
    const widest = widths.reduce((best, width, index) => (cuttable(columns[index]) && width > (widths[best] ?? 0) ? index : best), columns.findIndex(cuttable))
    const width = widths[widest]
    if (width === undefined || width <= 8) break
    widths[widest] = Math.max(8, width - (total() - widthMax))
  }
  const line = (cells: readonly string[]): string =>
    columns.map((column, index) => fit(cells[index] ?? '', widths[index] ?? 0, column.align ?? 'left')).join(' '.repeat(gap)).trimEnd()
  return [line(columns.map((column) => column.title)), ...rows.map(line)]
}

function fit(text: string, width: number, align: 'left' | 'right'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width)
}

/** A sentence in lines of at most 80 columns, each after `indent`. */
export function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > widthMax) {
      lines.push(line)
      line = indent
    }
    line += line.length > indent.length ? ` ${word}` : word
  }
  return [...lines, line]
}

/** `1 record`, `2,000 records`. */
export const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`

/** 1234567 → 1,234,567; takes decimal text as it comes. */
export function grouped(value: string | number | bigint): string {
  const [whole = '', fraction] = String(value).split('.')
  const spaced = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? spaced : `${spaced}.${fraction}`
}
