// What recorded answers of kube-apiserver 1.36.2 say of expressions that do not compile (test/golden/scenarios).
import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { optionalLibrary } from './library/optional.ts'
import { standardEnvironment } from './library/standard/standard-environment.ts'
import { dynType, intType, mapType, objectType, stringType } from './types/cel-type.ts'

const environment = standardEnvironment.extend({
  libraries: [optionalLibrary],
  variables: [
    { name: 'object', type: dynType },
    { name: 'self', type: objectType('self', [['a', stringType]]) },
    { name: 'device', type: objectType('kubernetes.DRADevice', [['driver', stringType]]) },
    { name: 'request', type: objectType('kubernetes.AdmissionRequest', [['name', stringType]]) },
    { name: 'limits', type: mapType(stringType, intType) },
  ],
  types: [objectType('Object', [['metadata', dynType]])],
  features: { optionalSyntax: true, crossTypeNumericComparisons: true, homogeneousAggregateLiterals: true },
})

const operandStart = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

const cases: readonly { text: string; message: string }[] = [
  { text: 'object.x +', message: `ERROR: <input>:1:11: Syntax error: mismatched input '<EOF>' expecting ${operandStart}\n | object.x +\n | ..........^` },
  { text: '1 +', message: `ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting ${operandStart}\n | 1 +\n | ...^` },
  { text: 'self.a ==', message: `ERROR: <input>:1:10: Syntax error: mismatched input '<EOF>' expecting ${operandStart}\n | self.a ==\n | .........^` },
  {
    text: 'Object{',
    message: "ERROR: <input>:1:8: Syntax error: mismatched input '<EOF>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}\n | Object{\n | .......^",
  },
  { text: 'device.', message: "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | device.\n | .......^" },
  { text: 'object.', message: "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | object.\n | .......^" },
  { text: 'frobnicate(object)', message: "ERROR: <input>:1:11: undeclared reference to 'frobnicate' (in container '')\n | frobnicate(object)\n | ..........^" },
  { text: 'foo.bar == 1', message: "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar == 1\n | ^" },
  {
    text: 'object.a > 0 &&\n  undefinedThing > 3',
    message: "ERROR: <input>:2:3: undeclared reference to 'undefinedThing' (in container '')\n |   undefinedThing > 3\n | ..^",
  },
  {
    text: "Object{metadata: {'labels': {'a': params.x}}}",
    message:
      "ERROR: <input>:1:35: undeclared reference to 'params' (in container '')\n | Object{metadata: {'labels': {'a': params.x}}}\n | ..................................^",
  },
  {
    text: 'object.metadata.name.matches(1)',
    message:
      "ERROR: <input>:1:29: found no matching overload for 'matches' applied to 'dyn.(int)'\n | object.metadata.name.matches(1)\n | ............................^",
  },
  { text: '1 + "a"', message: "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + \"a\"\n | ..^" },
  { text: 'self.a > 3', message: "ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(string, int)'\n | self.a > 3\n | .......^" },
  { text: 'device.nope == 1', message: "ERROR: <input>:1:7: undefined field 'nope'\n | device.nope == 1\n | ......^" },
  { text: 'request.foo == "x"', message: 'ERROR: <input>:1:8: undefined field \'foo\'\n | request.foo == "x"\n | .......^' },
  { text: 'self.b == "x"', message: 'ERROR: <input>:1:5: undefined field \'b\'\n | self.b == "x"\n | ....^' },
  {
    text: 'limits.all(k, k > 3)',
    message: "ERROR: <input>:1:17: found no matching overload for '_>_' applied to '(string, int)'\n | limits.all(k, k > 3)\n | ................^",
  },
]

for (const { text, message } of cases)
  test(text, () => {
    const compiled = compile(environment, text)
    expect(compiled.ok ? undefined : String(compiled.issues)).toBe(message)
  })
