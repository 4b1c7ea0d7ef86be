/**
 * What windows say one after another: Page's cumulative sum (Biometrika 41, 1954). A share that grows by two percent a day
 * stays below the threshold of every window and adds up here. k and h are the reference's (§6, test I).
 */

/** Standard deviations a window has to exceed before it adds, and the sum that raises a signal. */
export const allowance = 0.5
export const alarmAt = 8
/** One window adds at most this much: two windows alone, however far off, are the threshold's business. */
const scoreMax = 4

/** The sum after one more window. */
export const accumulated = (sum: number, score: number): number => Math.max(0, sum + Math.min(score, scoreMax) - allowance)
