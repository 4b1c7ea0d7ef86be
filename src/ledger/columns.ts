/**
 * Many rows in one statement: each column travels as one text and is taken apart by the database. Arrays of texts with a
 * separator need no quoting, which halves what travels; see bench/posting.ts.
 */

/** Control characters that JSON never holds unescaped, so records and names cannot contain them. */
const separator = '\u001f'
const absent = '\u001e'
const forbidden = /[\u0000\u001e\u001f]/g

/** SQL that turns parameter `$n` back into text[]. */
export const textColumn = (n: number): string => `string_to_array($${n}, E'\\x1f', E'\\x1e')`

/** A column of texts; undefined becomes NULL. Control characters, which only a broken upstream sends, become the replacement character. */
export function texts(values: readonly (string | undefined)[]): string {
  const joined = values.map((value) => value ?? absent).join(separator)
  if (values.length <= 1 || countOf(joined) !== values.length - 1 || joined.includes('\u0000') || values.some((value) => value?.includes(absent))) {
    return values.map((value) => value === undefined ? absent : value.replace(forbidden, '\ufffd')).join(separator)
  }
  return joined
}

function countOf(joined: string): number {
  let count = 0
  for (let at = joined.indexOf(separator); at !== -1; at = joined.indexOf(separator, at + 1)) count += 1
  return count
}

/** A column of numbers, exact decimals as text, or booleans, as an array literal; undefined becomes NULL. */
export const plain = (values: readonly (number | bigint | string | boolean | undefined)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`
