import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { InvocationMemory, Reinvocation } from './reinvocation.ts'

test('there is a second round if somebody wants it, and no third', () => {
  const quiet = new Reinvocation()
  expect([quiet.isSecondRound, quiet.begin()]).toEqual([false, false])
  const changed = new Reinvocation()
  changed.request()
  expect([changed.begin(), changed.isSecondRound]).toEqual([true, true])
  changed.request()
  expect(changed.begin()).toBe(false)
})

test('every kind of plugin remembers for itself', () => {
  const round = new Reinvocation()
  round.memoryOf('a').invoked('x')
  round.memoryOf('a').changed()
  expect([round.memoryOf('a').mayInvokeAgain('x'), round.memoryOf('b').mayInvokeAgain('x')]).toEqual([true, false])
})

test('those are asked again after whom somebody has changed the object', () => {
  const memory = new InvocationMemory()
  memory.invoked('before')
  memory.changed()
  memory.invoked('after')
  expect(['before', 'after', 'never'].map((key) => memory.mayInvokeAgain(key))).toEqual([true, false, false])
})

test('what others change in between is noticed', () => {
  const memory = new InvocationMemory()
  const object = (value: number) => ({ metadata: { name: 'x' }, value }) as unknown as KubeObject
  memory.remember(object(1))
  expect([memory.isOutputChanged(object(1)), memory.isOutputChanged(object(2)), memory.isOutputChanged(undefined)]).toEqual([false, true, true])
})
