import { expect, test } from 'vitest'
import { finish } from '../util/steps.ts'
import { compileInSteps } from './compile.ts'
import { baseEnvironment } from './kubernetes/environment.ts'

function stepsOf(source: string) {
  const compiling = compileInSteps(baseEnvironment, source)
  let steps = 0
  let step = compiling.next()
  for (; !step.done; step = compiling.next()) steps++
  return { steps, ok: step.value.ok }
}

test('a large expression is compiled in steps that do not grow with it', () => {
  const loops = (count: number) => Array.from({ length: count }, () => '[1].all(x,x>0)').join('&&')
  const [one, some, many] = [stepsOf(loops(1)), stepsOf(loops(500)), stepsOf(loops(5000))]
  expect([one.ok, some.ok, many.ok]).toEqual([true, true, true])
  // 14 nodes each: checked 512 a step, and their types settled; planned 1024 a step.
  expect(some.steps - one.steps).toBeGreaterThan((500 * 14 * 2) / 1024)
  expect(many.steps).toBeGreaterThan(9 * some.steps - 9 * one.steps)
})

test('what does not compile is told in steps, too', () => {
  const wrong = stepsOf(Array.from({ length: 5000 }, () => 'x.y==z').join('&&'))
  expect(wrong.ok).toBe(false)
  expect(wrong.steps).toBeGreaterThan((5000 * 4) / 512)
})

test('all at once is the same', () => {
  const compiled = finish(compileInSteps(baseEnvironment, '[1, 2].all(x, x > 0)'))
  expect(compiled.ok && compiled.program.evaluate({ resolve: () => undefined }).ok).toBe(true)
})
