import { expect, test } from 'vitest'
import { activationOf } from '../interpreter/program.ts'
import { fromJson } from '../values/from-json.ts'
import { compileClaimRule } from './authentication.ts'
import { evaluationLimits } from './limits.ts'

const big = Array.from({ length: 200 }, (_, i) => ({ name: `n${i}`, labels: { a: 'x' } }))

/** What ends an expression on a clock that goes on by so much each time it is looked at, and how often it was. */
function run(source: string, msPerLook: number) {
  let nowMs = 0
  let looks = 0
  const clock = { monotonic: () => (looks++, (nowMs += msPerLook)) }
  const compiled = compileClaimRule(source)
  if (!compiled.ok) throw new Error(compiled.error.detail)
  const result = compiled.program.evaluate(activationOf([['claims', fromJson({ big } as never)]]), evaluationLimits(undefined, clock))
  return { ending: result.ok ? result.value : result.error.message, cost: result.cost, looks }
}

test('what costs next to nothing ends with its time', () => {
  const nested = 'claims.big.all(x, claims.big.all(y, [claims.big] == [claims.big]))'
  const { ending, cost } = run(nested, 100)
  expect([ending, cost < 100_000]).toEqual(['operation interrupted', true])
})

test('what costs much ends with its budget, however little time has gone', () => {
  const { ending, cost } = run(`${'[1,2,3,4,5,6,7,8,9,10].all(x, '.repeat(7)}true${')'.repeat(7)}`, 0)
  expect([ending, cost > 1_000_000]).toEqual(['operation cancelled: actual cost limit exceeded', true])
})

test('the usual expression does not look at the clock again', () => {
  expect(run("claims.big.exists(x, x.name == 'n7')", 100)).toMatchObject({ ending: true, looks: 1 })
})
