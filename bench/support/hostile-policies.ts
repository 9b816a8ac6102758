// Policies whose expressions cost as much as possible to compile.
import { filled, head, type HostileCase, jsonType, short } from './hostile-corpus.ts'

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
const constraints = '"matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["*"],"resources":["configmaps"]}]}'
/** The limit of an expression, in characters. */
const expressionMax = 100_000
const bodyMax = 3 * 1024 * 1024

const policy = (name: string, inside: () => Buffer): HostileCase => ({
  name: `policy: ${name}`,
  method: 'POST',
  path: policies,
  contentType: jsonType,
  body: inside,
})
const frame = `${head('ValidatingAdmissionPolicy', 'admissionregistration.k8s.io/v1')}},"spec":{${constraints},`
const validations = (item: (index: number) => string, limit = bodyMax, itemsMax = Infinity) =>
  filled(`${frame}"validations":[`, (i) => `{"expression":"${item(i)}"}`, ']}}', ',', limit, itemsMax)
const repeated = (text: string, last: string, length = expressionMax - 100) => text.repeat(Math.floor(length / text.length)) + last

/** Each copies what it is called on, twice. */
const copied = (times: number) => Array.from({ length: times }, (_each, i) => `.optMap(x${i},x${i})`).reduce((text, call) => text + call, 'optional.of(1)')

export const hostilePolicies: readonly HostileCase[] = [
  policy('a sum', () => validations(() => `${repeated('1+', '1')}==1`, bodyMax, 1)),
  policy('a conjunction', () => validations(() => repeated('true&&', 'true'), bodyMax, 1)),
  policy('comparisons', () => validations(() => repeated('object.a==object.b&&', 'true'), bodyMax, 1)),
  policy('a list', () => validations(() => `${repeated('1,', '1').replace(/^/, '[')}].size()>0`, bodyMax, 1)),
  policy('nested lists', () => validations(() => `${'['.repeat(200)}1${']'.repeat(200)}.size()>0`, bodyMax, 1)),
  policy('nested loops', () => validations(() => `${'[1,2].all(x,'.repeat(20)}true${')'.repeat(20)}`, bodyMax, 1)),
  policy('conditionals', () => validations(() => repeated('true?true:', 'false'), bodyMax, 1)),
  policy('parentheses without end', () => validations(() => '('.repeat(expressionMax), bodyMax, 1)),
  policy('a text', () => validations(() => `'${'x'.repeat(expressionMax - 100)}'==''`, bodyMax, 1)),
  policy('a regular expression', () => validations(() => `'a'.matches('${'(a?)'.repeat(20_000)}')`, bodyMax, 1)),
  policy('regular expressions of many repetitions', () => validations(() => `'a'.matches('${'(a{100}){10}'.repeat(800)}')`, bodyMax, 1)),
  policy('loops', () => validations(() => repeated('[1].all(x,x>0)&&', 'true'), bodyMax, 1)),
  policy('macros that copy what macros have copied', () => validations(() => `${copied(13)}==optional.of(1)`, bodyMax, 1)),
  policy('an expression of three megabytes', () => validations(() => '1+'.repeat(1_500_000), bodyMax, 1)),
  policy('many expressions', () => validations((i) => `object.${short(i)}a==1`, 1_400_000, 4900)),
  policy('many long expressions', () => validations(() => repeated('object.a==object.b&&', 'true', 20_000), 1_400_000)),
  policy('many that do not compile', () => validations(() => repeated('x.y==z&&', 'true', 20_000), 1_400_000)),
  policy('many loops', () => validations(() => repeated('[1].all(x,x>0)&&', 'true', 20_000), 1_400_000)),
  policy('variables that are sums of one another', () =>
    filled(
      `${frame}"validations":[{"expression":"true"}],"variables":[`,
      (i) => `{"name":"v${i}","expression":"${i === 0 ? '1' : `variables.v${i - 1}+variables.v${i - 1}`}"}`,
      ']}}',
      ',',
      1_400_000,
      2400,
    ),
  ),
]
