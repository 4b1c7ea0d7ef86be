/** What a file of demo/chapters/ exports. */
export interface Chapter {
  readonly number: number
  readonly title: string
  /** One sentence: the question of the case that it answers. */
  readonly asks: string
  /** Against live servers; asserts what it prints and throws where it is not so. */
  readonly run: (stage: Stage) => Promise<void>
}

export interface Stage {
  readonly say: (line: string) => void
  readonly json: boolean
}
