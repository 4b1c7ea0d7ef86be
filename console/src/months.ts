/** Calendar months in UTC, as `2026-11`. */
export const asMonth = (text: string | undefined, otherwise: string): string => (text !== undefined && /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? text : otherwise)

/** The month of an instant, or so many months before it. */
export function monthAt(ms: number, back = 0): string {
  const at = new Date(ms)
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back, 1)).toISOString().slice(0, 7)
}

/** First instant of a month, and of the one after. */
export function spanOf(month: string): { readonly from: string; readonly to: string } {
  const [year = 1970, number = 1] = month.split('-').map(Number)
  return { from: new Date(Date.UTC(year, number - 1, 1)).toISOString(), to: new Date(Date.UTC(year, number, 1)).toISOString() }
}
