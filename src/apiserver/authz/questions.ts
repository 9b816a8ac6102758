// A series of questions, of which each may depend on the answers before (may he bind? else, does he hold all rules?). What to ask is
// a generator without effects; `ask` puts the questions. As long as the answers are there at once, so is the result.
import type { Attributes, Authorizer, Decision } from './authorizer.ts'

export type Questions<T> = Generator<Attributes, T, Decision>

/** @throws what the questions throw; when an answer was a promise, by rejecting */
export function ask<T>(authorizer: Authorizer, questions: Questions<T>): T | Promise<T> {
  let step = questions.next()
  while (!step.done) {
    const decision = authorizer.authorize(step.value)
    if (decision instanceof Promise) return askOn(authorizer, questions, decision)
    step = questions.next(decision)
  }
  return step.value
}

async function askOn<T>(authorizer: Authorizer, questions: Questions<T>, first: Promise<Decision>): Promise<T> {
  let step = questions.next(await first)
  while (!step.done) step = questions.next(await authorizer.authorize(step.value))
  return step.value
}

/** Whether one question is answered with yes. */
export function* isAllowed(attributes: Attributes): Questions<boolean> {
  return (yield attributes).outcome === 'allow'
}
