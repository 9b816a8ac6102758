import { aggregateMessages } from '../../apimachinery/field-errors.ts'

/** Nobody has accepted, and some said why. */
export class RefusedCredentials extends Error {
  override readonly name = 'RefusedCredentials'
  readonly messages: readonly string[]

  constructor(messages: readonly string[]) {
    super(aggregateMessages(messages))
    this.messages = messages
  }
}

/**
 * What the first of several authenticators makes of credentials that it accepts; one that throws does not stop the next. At once, as long
 * as all of them answer at once.
 * @returns undefined when they are nobody's
 * @throws {RefusedCredentials} by rejecting, when one has answered later
 */
export function firstAccepted<A, T>(
  authenticators: readonly A[],
  ask: (authenticator: A) => T | undefined | Promise<T | undefined>,
): T | undefined | Promise<T | undefined> {
  const messages: string[] = []
  for (const [index, authenticator] of authenticators.entries()) {
    try {
      const answer = ask(authenticator)
      if (answer instanceof Promise) return askLater(answer, authenticators.slice(index + 1), ask, messages)
      if (answer !== undefined) return answer
    } catch (error) {
      messages.push((error as Error).message)
    }
  }
  return nobody(messages)
}

async function askLater<A, T>(
  first: Promise<T | undefined>,
  rest: readonly A[],
  ask: (authenticator: A) => T | undefined | Promise<T | undefined>,
  messages: string[],
): Promise<T | undefined> {
  for (const attempt of [() => first, ...rest.map((authenticator) => () => ask(authenticator))]) {
    try {
      const answer = await attempt()
      if (answer !== undefined) return answer
    } catch (error) {
      messages.push((error as Error).message)
    }
  }
  return nobody(messages)
}

function nobody(messages: readonly string[]): undefined {
  if (messages.length > 0) throw new RefusedCredentials(messages)
}
