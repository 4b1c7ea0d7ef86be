/** Names of planned figures as the API has them, in the reader's language. Sentences of the API stay in its own. */
import type { Words } from './language.ts'

export const figureNames = {
  'revenue': ['Revenue', 'Ricavi'], 'Herfindahl-Hirschman index': ['Concentration index (HHI)', 'Indice di concentrazione (HHI)'], 'effective number of customers': ['Customers, as if all were equal', 'Clienti, come se fossero uguali'],
  'share of the 1 largest': ['Share of the largest', 'Quota del maggiore'], 'share of the 5 largest': ['Share of the five largest', 'Quota dei cinque maggiori'], 'run-rate, 28 days': ['Run-rate, last 28 days', 'Ritmo annuo, ultimi 28 giorni'], 'run-rate, month times twelve': ['Run-rate, month × 12', 'Ritmo annuo, mese × 12'],
  'net revenue retention': ['Net revenue retention', 'Ritenzione netta dei ricavi'], 'gross revenue retention': ['Gross revenue retention', 'Ritenzione lorda dei ricavi'], 'revenue a month, before': ['Revenue a month, now', 'Ricavi mensili, ora'], 'revenue a month, after twelve months': ['Revenue a month, after twelve', 'Ricavi mensili, dopo dodici mesi'],
  'run-rate, before': ['Run-rate, now', 'Ritmo annuo, ora'], 'run-rate, after': ['Run-rate, after', 'Ritmo annuo, dopo'], 'points of growth lost on this base': ['Points of growth lost on this base', 'Punti di crescita persi su questa base'],
  'Herfindahl-Hirschman index, before': ['Concentration index, now', 'Indice di concentrazione, ora'], 'Herfindahl-Hirschman index, after': ['Concentration index, after', 'Indice di concentrazione, dopo'], 'margin a month, before': ['Margin a month, now', 'Margine mensile, ora'], 'margin a month, after twelve months': ['Margin a month, after twelve', 'Margine mensile, dopo dodici mesi'],
  'commitments left unfilled, twelve months': ['Commitments left unfilled, twelve months', 'Impegni non coperti, dodici mesi'], 'cost of assets and units left idle, twelve months': ['Assets and units left idle, twelve months', 'Beni e unità inattivi, dodici mesi'],
  'probability that the actual falls below guidance': ['Probability that it falls below', 'Probabilità che resti sotto'], 'probability that it falls inside': ['Probability that it falls inside', 'Probabilità che cada dentro'], 'probability that it falls above': ['Probability that it falls above', 'Probabilità che vada sopra'],
  'share of the time that a unit must be in use to pay': ['Use at which a unit pays', 'Uso a cui un’unità conviene'], 'units to reserve': ['Units to reserve', 'Unità da riservare'], 'cost reserved, with spillover': ['Cost reserved, spillover included', 'Costo con riserva, eccedenze incluse'], 'cost by the token alone': ['Cost by the token alone', 'Costo solo a token'], 'saving': ['Saving', 'Risparmio'], 'tokens that spill over': ['Tokens that spill over', 'Token in eccedenza'], 'use of the reserved units': ['Use of the reserved units', 'Uso delle unità riservate'], 'break-even volume': ['Break-even volume', 'Volume di pareggio'],
} as const satisfies Words

export const withNames = {
  without: [(name: string) => `Revenue without ${name}`, (name: string) => `Ricavi senza ${name}`], indexWithout: [(name: string) => `Concentration index without ${name}`, (name: string) => `Indice di concentrazione senza ${name}`], shareOf: [(name: string) => `Share of ${name}`, (name: string) => `Quota di ${name}`],
} as const satisfies Words
