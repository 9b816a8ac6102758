// What does an admission policy's expression cost: to compile, and for every object? The latter against the same condition in JavaScript.
//
//   node bench/cel.ts
//
// One typical expression over a usual Deployment, with costs counted and limited. A quarter of a minute; CPU time of this thread.
import { compile } from '../src/cel/compile.ts'
import { activationOf } from '../src/cel/interpreter/program.ts'
import { optionalLibrary } from '../src/cel/library/optional.ts'
import { setsLibrary } from '../src/cel/library/sets.ts'
import { standardEnvironment } from '../src/cel/library/standard/standard-environment.ts'
import { stringsLibrary } from '../src/cel/library/strings/strings.ts'
import { dynType } from '../src/cel/types/cel-type.ts'
import { fromJson } from '../src/cel/values/from-json.ts'
import { atMost, printEnvironment, report } from './support/environment.ts'

const rounds = 7

const container = (name: string) => ({ name, image: `registry.example.com/team/${name}:1.25`, ports: [{ containerPort: 8080 }] })
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'application', namespace: 'default', labels: { app: 'application' } },
  spec: { replicas: 3, template: { spec: { containers: [container('a'), container('b'), container('c')] } } },
}

const expression = "object.spec.replicas <= 5 && object.metadata.name.startsWith('a') && object.spec.template.spec.containers.all(c, c.image.contains(':'))"
const plain = (object: typeof deployment) =>
  object.spec.replicas <= 5 && object.metadata.name.startsWith('a') && object.spec.template.spec.containers.every((c) => c.image.includes(':'))

const environment = standardEnvironment.extend({
  libraries: [optionalLibrary, setsLibrary, stringsLibrary(2)],
  variables: ['object', 'oldObject', 'request', 'params'].map((name) => ({ name, type: dynType })),
  features: { optionalSyntax: true, crossTypeNumericComparisons: true, homogeneousAggregateLiterals: true },
})

/** Microseconds of CPU time a call: the best of some rounds. */
function measure(calls: number, call: () => unknown): number {
  let best = Infinity
  let kept: unknown
  for (let round = 0; round < rounds; round++) {
    const before = process.threadCpuUsage()
    for (let i = 0; i < calls; i++) kept = call()
    const { user, system } = process.threadCpuUsage(before)
    best = Math.min(best, (user + system) / calls)
  }
  if (kept === undefined) throw new Error('the call gives something')
  return best
}

printEnvironment('What does an expression of a policy cost?')
const compiled = compile(environment, expression)
if (!compiled.ok) throw new Error(String(compiled.issues))
const { program } = compiled
const evaluate = () => {
  const result = program.evaluate(activationOf([['object', fromJson(deployment)]]), { costLimit: 1_000_000, interrupted: () => false })
  if (!result.ok || result.value !== true) throw new Error('the policy admits the object')
  return result
}
// What a million units, the limit of Kubernetes for one expression, can be spent on.
const million = activationOf([['object', fromJson({ items: Array.from({ length: 1_000_000 }, (_unused, i) => i), text: '1'.repeat(1_000_000) })]])
const hostile = [
  'object.items.all(i, i >= 0)',
  'object.items.exists(i, object.absent == i)',
  'object.items.exists(i, timestamp("2024-01-01T00:00:00Z").getHours("Europe/Berlin") == 77)',
  'object.items.exists(i, int(object.text) == 1)',
  'object.items.exists(i, "%s".format([object.items]) == "")',
  'object.items.exists(i, object.text.matches("(1|11)*2"))',
]
const compileUs = measure(2000, () => compile(environment, expression))
const evaluateUs = measure(100_000, evaluate)
const plainUs = measure(1_000_000, () => plain(deployment))
const brokenUs = measure(500, () => compile(environment, `${expression} &&`))
report('compile', `${compileUs.toFixed(0)} µs`)
report('compile, with a syntax error to be worded', `${brokenUs.toFixed(0)} µs`)
report('evaluate', `${evaluateUs.toFixed(2)} µs`)
report('the same in JavaScript', `${plainUs.toFixed(3)} µs`)
for (const text of hostile) {
  const spending = compile(environment, text)
  if (!spending.ok) throw new Error(String(spending.issues))
  const before = process.threadCpuUsage()
  const { cost } = spending.program.evaluate(million, { costLimit: 1_000_000 })
  const { user, system } = process.threadCpuUsage(before)
  const ms = (user + system) / 1000
  report(`spend ${cost.toLocaleString('en')}: ${text.slice(13, 44)}`, `${ms.toFixed(0)} ms`, atMost(2000, 'ms', ms))
}
report('evaluate : JavaScript', (evaluateUs / plainUs).toFixed(0))
