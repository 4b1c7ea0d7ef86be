/**
 * Fractional digits of a currency's minor unit (ISO 4217, list one, read 2026-09). Two where the table names nothing.
 * Payables are rounded to this many digits, half to even (C6).
 */
const exceptions: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
}

export const minorDigits = (currency: string): number => exceptions[currency] ?? 2

const codes: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** Whether ISO 4217 has such a code, as this Node knows it. */
export const isCurrency = (code: string): boolean => codes.has(code)
