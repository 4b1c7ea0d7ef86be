/** A person has to do something before this can start; the message says what. Shown without the place in the code. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}
