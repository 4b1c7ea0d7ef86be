/** What a suspension does to one rule of a contract, in words. */
export interface Effect { readonly rule: string; readonly when_suspended: string; readonly without: string; readonly with: string }

const words: Readonly<Record<string, string>> = { run: 'runs on', pause: 'pauses', end: 'ends' }

const effectText = (effect: Effect): readonly string[] => [
  `${effect.rule} ${words[effect.when_suspended] ?? effect.when_suspended}: ${effect.without}`, ...(effect.with === effect.without ? [] : [`  suspended: ${effect.with}`]),
]

/** All that it does to a contract. */
export const effectsText = (effects: readonly Effect[]): readonly string[] =>
  effects.length === 0 ? ['No rule of it feels a suspension: usage is billed as it comes.'] : effects.flatMap(effectText)
