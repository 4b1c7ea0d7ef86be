/** docs/detection.md, and the rates that stand beside each score. */
import { sampledInMinute, watchedInMinute } from '../../src/gateway/sketch-intake.ts'
import { alarmAt, allowance } from '../../src/terms/detection/accumulate.ts'
import type { ErrorRates } from '../../src/terms/detection/error-rates.ts'
import type { Share } from '../../src/terms/detection/share.ts'
import { dimensions, wordsMax } from '../../src/terms/detection/sketch.ts'
import { pieceWords, wholeWordsMax } from '../../src/terms/detection/winnow.ts'
import type { LeadRates } from './leads-evaluation.ts'
import type { Evaluation, Measured } from './evaluate.ts'

const percent = (value: number): string => `${(value * 100).toFixed(value > 0 && value < 1 ? 1 : 0)}`
const withInterval = ({ share, low, high, of }: Share): string => `${percent(share)} (${percent(low)}–${percent(high)}; ${of})`
const sizes = [50, 104, 200] as const

function grid(rows: readonly Measured[], nameOf: (row: Measured) => string): string[] {
  const names = [...new Set(rows.map(nameOf))]
  const cell = (name: string, size: number): string => {
    const found = rows.find((row) => nameOf(row) === name && row.window === size)
    return found === undefined ? '—' : withInterval(found)
  }
  return names.map((name) => `| ${name} | ${sizes.map((size) => cell(name, size)).join(' | ')} |`)
}

const head = (first: string): string[] => [`| ${first} | window 50 | window 104 | window 200 |`, '|---|---|---|---|']

/** Targets of the evaluation, each with what came of it. */
export function targets({ detection, falseAlarms, verdicts }: Evaluation): { readonly target: string; readonly met: boolean; readonly worst: string }[] {
  const worst = (rows: readonly Measured[]): Measured | undefined => rows.toSorted((a, b) => a.share - b.share)[0]
  const pure = worst(detection.filter((row) => row.percent === 100 && row.window === 50))
  const pooled = worst(detection.filter((row) => row.percent === 30 && row.window === 104))
  const alarms = falseAlarms.toSorted((a, b) => b.share - a.share)[0]
  const benign = verdicts.filter(({ what }) => /^(ordinary|half|all|it becomes|the new)/.test(what))
  const opened = benign.reduce((sum, { cases }) => sum + cases.hits, 0)
  return [
    { target: 'pure campaigns, windows of 50: at least 99 %', met: (pure?.share ?? 0) >= 0.99, worst: pure === undefined ? '' : `${pure.family} ${withInterval(pure)}` },
    { target: 'held-out ordinary traffic of the same kind: at most 2 % a window', met: (alarms?.share ?? 1) <= 0.02, worst: alarms === undefined ? '' : `${alarms.family}, window ${alarms.window}: ${withInterval(alarms)}` },
    { target: '30 % blends, four keys of 26 prompts pooled: at least 95 %', met: (pooled?.share ?? 0) >= 0.95, worst: pooled === undefined ? '' : `${pooled.family} ${withInterval(pooled)}` },
    { target: 'benign changes under a registered purpose open no case', met: opened === 0, worst: `${opened} cases of ${benign.reduce((sum, { cases }) => sum + cases.of, 0)}` },
  ]
}

export function ratesOf({ detection, falseAlarms }: Evaluation, day: string): ErrorRates {
  const short = ({ hits, of, low, high }: Share, what: string): ErrorRates['detection'][number] => ({ what, hits, of, low: Number(low.toFixed(4)), high: Number(high.toFixed(4)) })
  const pick = (size: number, share: number): Measured[] => detection.filter((row) => row.window === size && row.percent === share)
  return {
    measured: day,
    falseAlarms: falseAlarms.filter(({ window }) => window === 50).map((row) => short(row, `${row.family}`)),
    detection: [...pick(50, 100).map((row) => short(row, `${row.family}, all of 50 prompts`)), ...pick(104, 30).map((row) => short(row, `${row.family}, 30 % of 104`)), ...pick(200, 10).map((row) => short(row, `${row.family}, 10 % of 200`))],
  }
}

const thousands = (count: number): string => count.toLocaleString('en-US')

const firstStep = `1. A prompt becomes ${thousands(dimensions)} signs of hashed words and word pairs (its first ${wordsMax} words), divided by their length. No text is kept.`
const fourthStep = `4. Small differences add up from window to window (CUSUM, k = ${allowance}, h = ${alarmAt}).`
const notPromised: readonly string[] = [
  '- The rates hold while ordinary traffic resembles the reference. Another language, a new template, another product: flagged, every time.',
  '- Below 20 % in one window, harvested code and role play pass. A share that grows is found by what adds up over days; a steady 5 or 10 % of role play was not, in 45 days (above). The prototype of the method (reference of 416 prompts) flagged 52 to 100 % of windows of 200 with 10 %, and with them 15 % of ordinary windows; here ordinary windows are left alone, and so are most of these.',
  '- "Keys that were clustered" says what happens once they are joined. Keys are joined by a shared template, a shared end user or a burst of new keys of one origin. A campaign that shares none of these is pooled by project, or not at all.',
  '- A trained classifier of distillation does not carry over to families that it has not seen (3 of 8 in the reference\'s trial, with 17 % false alarms on templated work): there is none here.',
  '- Rules miss whoever phrases it otherwise, and a part of a blend below their bar.',
  '- A key whose first traffic was a campaign has that as its past. Its purpose, other keys under it and rules are what is left; a campaign that fills a whole purpose from its first day is ordinary to the score.',
  '- Harvested code on one key, under a registered purpose, without a second sign, stays a signal that somebody has to look at.',
  `- Every message of a row is compared, and a row of more than ${wholeWordsMax} words in pieces of ${pieceWords}, so neither the place of a copy nor what is put around it hides it. Whoever changes a word in every five does: no five words in a row are left.`,
  '- A copy is compared letter by letter: zero-width characters and soft hyphens inside words, full-width letters and look-alikes of another alphabet hide a copy from leads. Look at such characters in a file before it is compared.',
  `- Sketches are taken of at most ${sampledInMinute} calls a key and minute (${thousands(watchedInMinute)} where a case has it watched). What was not looked at is counted, not guessed.`,
  '- The corpus is small: 504 English prompts of people, one template of self-instruct with 175 seeds, four families. A hit on them says little about campaigns that nobody has published.',
]

/** What the page says whatever was measured, by the numbers that the code goes by. */
export const unmeasured: readonly string[] = [firstStep, fourthStep, ...notPromised]

export function report(result: Evaluation, leads: readonly LeadRates[], day: string): string {
  const { calibration, falseAlarms, detection, different, rules, verdicts, days } = result
  const blends = [100, 30, 20, 10, 5]
  return `${[
    '# Detection of misuse: what it catches, what it wrongly flags',
    '',
    `Measured ${day} by \`npm run detection\` on prompts that are not part of the repository. Figures are percent (95 % interval by Wilson; number of windows). Windows are drawn without replacement; windows of one row share prompts, so an interval says how sure the draw is, not how other traffic would behave.`,
    '',
    '## How it decides',
    '',
    firstStep,
    '2. A window is compared with a reference by the unbiased MMD² of these vectors, divided by its standard deviation where both come from one source: `sqrt(2 s) (1/m + 1/n)`, with `s` the mean square of the dot product of two centred reference prompts. So one threshold serves every window and every size of reference; a small reference widens the deviation and raises no false alarms.',
    `3. The threshold is ${calibration.threshold} standard deviations, frozen for all rows below. The 99th percentile of ${calibration.draws} windows from a part of ordinary traffic that is judged nowhere below was ${calibration.quantile99.toFixed(2)}.`,
    fourthStep,
    '5. A score opens no case. A case needs a rule\'s hit, or a high score together with something that does not fit the declared purpose; nobody is suspended by it.',
    '',
    'Signs instead of counts were chosen after both had been tried; the choice made without harvest-code, and without harvest-roleplay, is the same. Nothing else was fitted to a family of distillation: the detector knows ordinary traffic only, so each family is one that it has never seen.',
    '',
    '## Targets',
    '',
    'Met is judged by the share itself. Where the interval reaches past the target, as it does for false alarms in windows of 104 and 200, there were too few prompts to say more.',
    '',
    '| target | met | worst row |', '|---|---|---|',
    ...targets(result).map(({ target, met, worst }) => `| ${target} | ${met ? 'yes' : '**no**'} | ${worst} |`),
    '',
    '## False alarms: ordinary traffic against a reference of its own kind',
    '',
    ...head('traffic'), ...grid(falseAlarms, ({ family }) => family),
    '',
    '## Detection, by family and share of distillation in the window',
    '',
    'The reference is the earlier half of human-en; the ordinary part of a blend is drawn from the later half. 104 prompts are four keys pooled with 26 prompts each.',
    '',
    ...head('family, share'), ...blends.flatMap((share) => grid(detection.filter((row) => row.percent === share), ({ family }) => `${family}, ${share} %`)),
    '',
    '## Ordinary, but different: flagged as it should be, and no case',
    '',
    'Whoever changes what is asked differs from the past. The score cannot tell a new product from a campaign, and says so:',
    '',
    '| against human-en | flagged, window 50 |', '|---|---|', ...different.map((row) => `| ${row.family} | ${withInterval(row)} |`),
    '',
    '| what happens under a registered purpose | signals | cases |', '|---|---|---|', ...verdicts.map(({ what, signals, cases }) => `| ${what} | ${withInterval(signals)} | ${withInterval(cases)} |`),
    '',
    '## Rules that name a technique',
    '',
    'A rule hits where the lower end of its share\'s interval lies above 10 % of a window of 50. Two rules were written by somebody who had seen a family that they catch; "left out" is the family without them.',
    '',
    '| family, share | hits | left out |', '|---|---|---|', ...rules.map((row) => `| ${row.family}, ${row.percent} % | ${withInterval(row)} | ${withInterval(row.without)} |`),
    '',
    '## Slow growth',
    '',
    'harvest-roleplay in 50 prompts a day, 45 days. Days are drawn anew each, as there are fewer prompts than 45 days need.',
    '',
    '| share | raised a signal | median day |', '|---|---|---|', ...days.map(({ what, raised, medianDay }) => `| ${what} | ${withInterval(raised)} | ${medianDay ?? '—'} |`),
    '',
    '## Edited copies in datasets: leads',
    '',
    'Winnowing (5-word shingles, window 4). A lead is a row of which at least the given share of fingerprints occurs in one captured answer. It is for a person to look at, never proof of a row.',
    '',
    '| text, share of fingerprints | 10 % of words replaced | 20 % | 30 % | 40 % | 50 % | every third sentence dropped | false: unseen text of the same kind |', '|---|---|---|---|---|---|---|---|',
    ...leads.map(({ text, atLeast, replaced, dropped, unrelated }) => `| ${text}, ${percent(atLeast)} % | ${replaced.map(withInterval).join(' | ')} | ${withInterval(dropped)} | ${withInterval(unrelated)} |`),
    '',
    '## What is not promised',
    '',
    ...notPromised,
    '',
    '## Repeat it',
    '',
    '```sh long', 'npm run detection', '```', '',
    'It needs the prompts in `../shared/prompts` (sources and licences stand in the README there) and takes some minutes; `-- --write` rewrites this page and the rates beside each score, `-- --seed 2` draws anew.',
  ].join('\n')}\n`
}
