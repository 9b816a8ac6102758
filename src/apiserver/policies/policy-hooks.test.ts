import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { HistogramCell } from '../../component-base/metrics/registry.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { PolicyHooks } from './policy-hooks.ts'

const policy = (name: string, generation = 1) => ({
  apiVersion: 'v1',
  kind: 'Policy',
  metadata: { name, uid: `uid-${name}`, generation, resourceVersion: '1', creationTimestamp: '' },
  spec: {},
})
const binding = (policyName: string) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: `b-${policyName}`, uid: '', resourceVersion: '1', creationTimestamp: '' },
  spec: { policyName },
})

function hooksOf() {
  const compiled: string[] = []
  const state = { version: 1, policies: [policy('a'), policy('broken'), policy('unbound')], bindings: [binding('a'), binding('broken')] }
  const changedAt = () => state.version
  const hooks = new PolicyHooks({
    policies: { all: () => state.policies, changedAt },
    bindings: { all: () => state.bindings, changedAt },
    *compile({ metadata: { name, generation } }) {
      compiled.push(`${name} ${generation}`)
      yield
      if (name === 'broken') throw new Error('does not compile')
      return name
    },
    compilation: new HistogramCell([]),
    clock: new FakeClock(0),
  })
  return { compiled, state, hooks }
}

test('what is in force is compiled before a request needs it, once, each in a turn of its own', async () => {
  const { compiled, hooks } = hooksOf()
  const [a, broken] = hooks.current()
  expect(compiled).toEqual([])
  const seen: number[] = []
  while (compiled.length < 2) {
    await eventLoopTurn()
    seen.push(compiled.length)
  }
  expect(seen).toContain(1)
  expect(compiled).toEqual(['a 1', 'broken 1'])
  expect(await a!.compiled()).toBe('a')
  await expect(broken!.compiled()).rejects.toThrow('does not compile')
  expect(compiled.length).toBe(2)
})

test('what has changed is compiled again, the others are not', async () => {
  const { compiled, state, hooks } = hooksOf()
  await hooks.current()[0]!.compiled()
  Object.assign(state, { version: 2, policies: [policy('a', 2), policy('broken')] })
  await hooks.current()[0]!.compiled()
  expect(compiled).toEqual(['a 1', 'broken 1', 'a 2'])
})
