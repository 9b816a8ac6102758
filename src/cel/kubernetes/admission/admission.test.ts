import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { boolType, stringType } from '../../types/cel-type.ts'
import { fromJson } from '../../values/from-json.ts'
import { CelError, type CelValue } from '../../values/value.ts'
import { mustEvaluateTo } from '../expression.ts'
import { type AccessDecision, type AccessQuestion, authorizerValue, resourceCheckValue } from '../library/authorizer.ts'
import { AdmissionCompiler } from './compiler.ts'
import { applyConfigurationOf, applyConfigurationType, jsonPatchListType, jsonPatchOf } from './construction.ts'
import { AdmissionEvaluation, OutOfBudget } from './evaluation.ts'
import { finish } from '../../../util/steps.ts'

const all = { params: true, authorizer: true }
const object = { metadata: { name: 'o', labels: { a: 'b' } }, spec: { replicas: 3, list: [1, 2, 3] } }

function evaluationOf(compiler: AdmissionCompiler, { budget = 1e7, more = [] as readonly (readonly [string, CelValue])[] } = {}) {
  // Only costs end an evaluation here.
  const clock = { monotonic: () => 0 }
  return new AdmissionEvaluation({ variables: compiler.variables, values: [['object', fromJson(object)], ['oldObject', null], ...more], budget, clock })
}

describe('compilation', () => {
  const compile = (source: string, declared: object = {}, wanted = [boolType]) => {
    const compiled = finish(new AdmissionCompiler({ composed: false }).compile(source, { ...all, ...declared }, wanted))
    return compiled.ok ? 'ok' : `${compiled.error.kind}: ${compiled.error.detail}`
  }
  const undeclared = (name: string) => `invalid: compilation failed: ERROR: <input>:1:1: undeclared reference to '${name}' (in container '')`
  test.each<[string, object, string]>([
    ['object.spec.anything == request.name', {}, 'ok'],
    ["namespaceObject.metadata.labels['a'] == 'b'", {}, 'ok'],
    ["request.userInfo.groups.exists(g, g == 'x') && request.dryRun && request.options.anything == 1", {}, 'ok'],
    ['params.x == 1', {}, 'ok'],
    ['params.x == 1', { params: false }, undeclared('params')],
    ["authorizer.requestResource.check('get').allowed()", {}, 'ok'],
    ["authorizer.path('/x').check('get').allowed()", { authorizer: false }, undeclared('authorizer')],
    ['variables.x', {}, undeclared('variables')],
    ['request.uid', {}, "undefined field 'uid'"],
    ['request.name', {}, 'invalid: must evaluate to bool but got string'],
    ['object.spec', {}, 'invalid: must evaluate to bool but got dyn'],
    ["duration('x') == duration('1s')", {}, 'invalid duration argument'],
    ["int('x') == 1", {}, "internal: program instantiation failed: type conversion error from 'string' to 'int'"],
    ['Object{} == Object{}', {}, "undeclared reference to 'Object'"],
  ])('%s %o: %s', (source, declared, expected) => expect(compile(source, declared)).toContain(expected))

  test('says which types are wanted', () => {
    expect(mustEvaluateTo([boolType, stringType], applyConfigurationType)).toBe('must evaluate to one of [bool string] but got Object')
    expect(mustEvaluateTo([jsonPatchListType], stringType)).toBe('must evaluate to list(JSONPatch) but got string')
  })

  test('a long line of errors is not repeated a hundred times', () => {
    const compiled = finish(new AdmissionCompiler({ composed: false }).compile(Array.from({ length: 2000 }, () => 'zz').join(' && '), all))
    expect(!compiled.ok && compiled.error.detail).toMatch(/\.\.\. \(\d+ more characters\)$/)
    expect(compiled.ok || compiled.error.detail.length).toBeLessThan(100_100)
  })
})

describe('variables', () => {
  const compilerWith = (...variables: readonly (readonly [string, string])[]) => {
    const compiler = new AdmissionCompiler({ composed: true })
    for (const [name, source] of variables) finish(compiler.define(name, source, all))
    return compiler
  }
  const run = (compiler: AdmissionCompiler, source: string) => evaluationOf(compiler).run(finish(compiler.compile(source, all)))

  test('see those before them, with their types', async () => {
    const compiler = compilerWith(['list', 'object.spec.list.map(i, int(i))'], ['sum', 'variables.list.sum()'])
    expect(await run(compiler, 'variables.sum == 6')).toEqual({ value: true })
    const misused = finish(compiler.compile("variables.sum == 'x'", all))
    expect(misused.ok || misused.error.detail).toContain("found no matching overload for '_==_' applied to '(int, string)'")
  })

  test('do not see those after them', () => {
    const first = finish(new AdmissionCompiler({ composed: true }).define('first', 'variables.second', all))
    expect(first.ok || first.error.detail).toContain("undefined field 'second'")
  })

  test('are computed once, when they are asked for', async () => {
    const expensive = '[0,1,2,3,4,5,6,7,8,9]'.concat('.map(i, [0,1,2,3,4,5,6,7,8,9].map(j, i * j))')
    const compiler = compilerWith(['table', expensive], ['never', 'object.missing'])
    const evaluation = evaluationOf(compiler)
    const costs: number[] = []
    for (let i = 0; i < 2; i++) {
      const before = evaluation.budget
      expect(await evaluation.run(finish(compiler.compile('variables.table.size() == 10', all)))).toEqual({ value: true })
      costs.push(before - evaluation.budget)
    }
    expect(costs[0]).toBeGreaterThan(1000)
    expect(costs[1]).toBeLessThan(10)
  })

  test('that fail are errors of whoever asks', async () => {
    const compiler = compilerWith(['missing', 'object.missing.x'], ['wrong', '1 +'])
    expect(await run(compiler, 'variables.missing == 1')).toEqual({
      error: `expression 'variables.missing == 1' resulted in error: composited variable "missing" fails to evaluate: no such key: missing`,
    })
    expect(await run(compiler, 'variables.wrong == 1')).toMatchObject({
      error: expect.stringContaining('composited variable "wrong" fails to compile: compilation failed') as unknown,
    })
    expect(await run(compiler, 'true || variables.missing')).toEqual({ value: true })
  })
})

describe('the budget', () => {
  const compiler = new AdmissionCompiler({ composed: false })
  const digits = '[0,1,2,3,4,5,6,7,8,9]'
  const loops = (depth: number): string => (depth === 0 ? 'object.spec.replicas == 3' : `${digits}.all(x${depth}, ${loops(depth - 1)})`)

  test('is shared by all expressions', async () => {
    const evaluation = evaluationOf(compiler, { budget: 1000 })
    const compiled = finish(compiler.compile(loops(2), all))
    await evaluation.run(compiled)
    await expect(evaluation.run(compiled).then(() => evaluation.run(compiled))).rejects.toThrow(OutOfBudget)
  })

  test('of one expression is smaller', async () => {
    expect(await evaluationOf(compiler, { budget: Infinity }).run(finish(compiler.compile(loops(9), all)))).toMatchObject({
      error: expect.stringContaining('resulted in error: operation cancelled: actual cost limit exceeded') as unknown,
    })
  })

  test('is spent in turns', async () => {
    const evaluation = evaluationOf(compiler)
    let turns = 0
    const running = new AbortController()
    const count = () => {
      turns++
      if (!running.signal.aborted) setImmediate(count)
    }
    setImmediate(count)
    for (let i = 0; i < 8; i++) await evaluation.run(finish(compiler.compile(loops(4), all)))
    running.abort()
    expect(turns).toBeGreaterThan(0)
  })
})

describe('the authorizer', () => {
  const compiler = new AdmissionCompiler({ composed: false })
  function asked(decide: (question: AccessQuestion) => AccessDecision, later: boolean) {
    const questions: AccessQuestion[] = []
    const known = new Map<string, AccessDecision>()
    const ask = (question: AccessQuestion) => {
      const key = JSON.stringify(question)
      const decision = known.get(key)
      if (decision) return decision
      questions.push(question)
      known.set(key, decide(question))
      return later ? Promise.resolve(known.get(key)!) : known.get(key)!
    }
    const resource = { group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'ns', name: 'd' }
    const more = [['authorizer', authorizerValue(ask)] as const, ['authorizer.requestResource', resourceCheckValue(ask, resource)] as const]
    return { questions, run: (source: string) => evaluationOf(compiler, { more }).run(finish(compiler.compile(source, all))) }
  }
  const allow = { allowed: true, reason: 'friend' }

  test.each<[string, AccessQuestion]>([
    ["authorizer.path('/healthz').check('get')", { verb: 'get', path: '/healthz' }],
    ["authorizer.group('').resource('pods').check('list')", { verb: 'list', resource: { group: '', resource: 'pods' } }],
    [
      "authorizer.group('apps').resource('deployments').subresource('scale').namespace('ns').name('d').check('update')",
      { verb: 'update', resource: { group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'ns', name: 'd' } },
    ],
    [
      "authorizer.requestResource.check('custom')",
      { verb: 'custom', resource: { group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'ns', name: 'd' } },
    ],
    [
      "authorizer.serviceAccount('ns', 'sa').group('').resource('pods').fieldSelector('a=b').labelSelector('c').check('list')",
      { verb: 'list', serviceAccount: { namespace: 'ns', name: 'sa' }, resource: { group: '', resource: 'pods', fieldSelector: 'a=b', labelSelector: 'c' } },
    ],
  ])('%s', async (source, question) => {
    for (const later of [false, true]) {
      const { questions, run } = asked(() => allow, later)
      expect(await run(`${source}.allowed() && ${source}.reason() == 'friend'`)).toEqual({ value: true })
      expect(questions).toEqual([question])
    }
  })

  test.each([
    ["authorizer.path('').check('get').allowed()", 'path must not be empty'],
    ["authorizer.group('').resource(' ').check('get').allowed()", 'resource must not be empty'],
    ["authorizer.serviceAccount('ns', 'Bad').path('/').check('get').allowed()", 'Invalid service account name'],
    ["authorizer.serviceAccount('a.b', 'sa').path('/').check('get').allowed()", 'Invalid service account namespace'],
  ])('%s: %s', async (source, error) =>
    expect(await asked(() => allow, false).run(source)).toEqual({ error: `expression '${source}' resulted in error: ${error}` }),
  )

  test('that fails is not an error of the expression, unless that asks', async () => {
    const { run } = asked(() => ({ allowed: false, reason: '', error: 'out of order' }), true)
    const decision = "authorizer.path('/x').check('get')"
    expect(await run(`!${decision}.allowed() && ${decision}.error() == 'out of order'`)).toEqual({ value: true })
  })

  test('is asked twice by one expression at most', async () => {
    const { run, questions } = asked(() => allow, false)
    const check = (i: number) => `authorizer.path('/${i}').check('get').allowed()`
    expect(await run(`${check(1)} && ${check(2)}`)).toEqual({ value: true })
    expect(await run(`${check(1)} && ${check(2)} && ${check(3)}`)).toMatchObject({ error: expect.stringContaining('actual cost limit exceeded') as unknown })
    expect(questions.length).toBeLessThan(4)
  })
})

describe('construction', () => {
  const compiler = new AdmissionCompiler({ composed: false })
  const evaluation = evaluationOf(compiler)
  async function yields<T>(source: string, read: (value: CelValue) => T): Promise<T | string> {
    const compiled = finish(compiler.compile(source, { ...all, construction: true }))
    const result = await evaluation.run(compiled)
    if ('error' in result) return result.error
    try {
      return read(result.value)
    } catch (error) {
      if (error instanceof CelError) return error.message
      throw error
    }
  }

  test.each<[string, JsonObject | string]>([
    ['Object{}', {}],
    ["Object{metadata: Object.metadata{labels: {'x': object.metadata.name}}}", { metadata: { labels: { x: 'o' } } }],
    [
      'Object{spec: Object.spec{list: object.spec.list.map(i, Object.spec.list{value: i + 1, at: 1.5})}}',
      { spec: { list: [2, 3, 4].map((value) => ({ value, at: 1.5 })) } },
    ],
    [
      "Object{a: [dyn('x'), null, true, uint(7), b'hi', timestamp('2024-01-02T03:04:05.60Z'), duration('90s')]}",
      { a: ['x', null, true, 7, 'aGk=', '2024-01-02T03:04:05.6Z', '90s'] },
    ],
    ["Object{m: {'__proto__': Object.m{x: 1}}}", JSON.parse('{"m":{"__proto__":{"x":1}}}') as JsonObject],
    [
      'Object{spec: Object.metadata{}}',
      'type mismatch: unexpected type name "Object.metadata", expected "Object.spec", which matches field name path from root Object type',
    ],
    ['Object{m: {1: 2}}', 'map key is not string'],
    ['Object{m: optional.of(1)}', "type conversion error from 'optional_type' to JSON"],
    [
      'Object{m: cel}',
      "compilation error: compilation failed: ERROR: <input>:1:11: undeclared reference to 'cel' (in container '')\n | Object{m: cel}\n | ..........^",
    ],
    // Ten lists of ten lists of ...: nothing to make, and a billion of values to write.
    [`Object{m: ${'[[0,1,2,3,4,5,6,7,8,9]]'.concat('.map(x, [x,x,x,x,x,x,x,x,x,x])'.repeat(8))}}`, 'nested elements'],
  ])('%s', async (source, expected) => {
    const made = await yields(source, applyConfigurationOf)
    if (typeof expected === 'string') expect(made).toContain(expected)
    else expect(made).toEqual(expected)
  })

  test.each<[string, JsonObject[] | string]>([
    ["[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('x/y~z'), value: [1]}]", [{ op: 'add', path: '/a/x~1y~0z', value: [1] }]],
    [
      "[JSONPatch{op: 'move', path: '/a', from: '/b'}, JSONPatch{}]",
      [
        { op: 'move', path: '/a', from: '/b' },
        { op: '', path: '' },
      ],
    ],
    ["[JSONPatch{op: 'add', path: '/a', value: Object.a{b: 1}}]", [{ op: 'add', path: '/a', value: { b: 1 } }]],
    ["[JSONPatch{op: 'add', path: '/a', value: null}]", [{ op: 'add', path: '/a', value: null }]],
    ['[JSONPatch{op: 1}]', "compilation error: compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'"],
    [
      "[JSONPatch{value: ['x'].map(x, 'xxxxxxxxxxxxxxxx'.replace('x', 'xxxxxxxxxxxxxxxx').replace('x', 'xxxxxxxxxxxxxxxx').replace('x', 'xxxxxxxxxxxxxxxx')).map(x, [x,x,x,x].map(y, [x,x,x,x].map(z, [x,x,x,x].map(w, [x,x,x,x,x]))))}]",
      'the value is too large for an object',
    ],
  ])('%s', async (source, expected) => {
    const made = await yields(source, jsonPatchOf)
    if (typeof expected === 'string') expect(made).toContain(expected)
    else expect(made).toEqual(expected)
  })
})
