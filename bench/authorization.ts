// What an RBAC decision costs: a user with 200 roles in a cluster of 1,000 bindings, asked for what the last of his roles allows
// and for what none allows. Beside it, in the same run, a scan of his rules and a loop of as many Map look-ups.
//   node bench/authorization.ts
import { cpus } from 'node:os'
import type { Attributes, Rule } from '../src/apiserver/authz/authorizer.ts'
import { rbacAuthorizer } from '../src/apiserver/authz/rbac/rbac-authorizer.ts'
import { RbacIndex } from '../src/apiserver/authz/rbac/rbac-index.ts'
import { ruleAllows } from '../src/apiserver/authz/rbac/rule-matcher.ts'

const rounds = 15
const callsPerRound = 20_000
const bindings = 1000
const rolesOfUser = 200

const user = { name: 'alice', groups: ['dev', 'ops', 'system:authenticated'], extra: new Map() }
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
const rulesOf = (i: number): Rule[] => [
  { verbs, apiGroups: ['', 'apps'], resources: [`widgets-${i}`, `widgets-${i}/status`] },
  { verbs: ['get', 'list'], apiGroups: ['example.com'], resources: [`gadgets-${i}`], resourceNames: ['one', 'two'] },
  { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: [`settings-${i}`] },
  ...(i % 10 === 0 ? [{ verbs: ['list'], apiGroups: ['*'], resources: [`wild-${i}`] }] : []),
]

const index = new RbacIndex()
for (let i = 0; i < bindings; i++) {
  const metadata = { name: `role-${i}` } as never
  index.setRole({ kind: 'ClusterRole', metadata, rules: rulesOf(i) as never })
  const subject = i < rolesOfUser ? { kind: 'User', name: 'alice' } : { kind: i % 2 ? 'Group' : 'User', name: `other-${i % 50}` }
  const apiGroup = 'rbac.authorization.k8s.io'
  const roleRef = { apiGroup, kind: 'ClusterRole', name: `role-${i}` }
  index.setBinding({ kind: 'ClusterRoleBinding', metadata: { name: `binding-${i}` } as never, roleRef, subjects: [{ ...subject, apiGroup }] as never })
}
const authorizer = rbacAuthorizer(index)
const ask = (over: Partial<Attributes>): Attributes => ({
  user,
  verb: 'get',
  isResourceRequest: true,
  apiGroup: '',
  apiVersion: 'v1',
  namespace: 'ns',
  resource: 'pods',
  subresource: '',
  name: 'x',
  path: '',
  ...over,
})
const last = ask({ resource: `widgets-${rolesOfUser - 1}` })
const refused = ask({ resource: 'secrets' })
const crowded = ask({ resource: 'configmaps', name: 'none' })
const held = Array.from({ length: rolesOfUser }, (_, i) => rulesOf(i)).flat()
const lookups = new Map(Array.from({ length: rolesOfUser }, (_, i) => [`widgets-${i}`, i]))
const keys = [...lookups.keys()]

let sink = 0
const scan = (attributes: Attributes) => void (sink += held.some((rule) => ruleAllows(rule, attributes)) ? 1 : 0)
const decide = (attributes: Attributes) => void (sink += authorizer.authorize(attributes).outcome === 'allow' ? 1 : 0)
const cases: readonly (readonly [string, () => void])[] = [
  ['allowed by the last of 200 roles', () => decide(last)],
  ['refused, no rule names the resource', () => decide(refused)],
  ['refused, 200 rules name the resource', () => decide(crowded)],
  [
    'after a change of one of his roles',
    () => {
      index.setRole({ kind: 'ClusterRole', metadata: { name: 'role-7' } as never, rules: rulesOf(7) as never })
      decide(last)
    },
  ],
  ['yardstick: scan of all rules, allowed', () => scan(last)],
  ['yardstick: scan of all rules, refused', () => scan(refused)],
  [
    'yardstick: 200 Map look-ups',
    () => {
      for (const key of keys) sink += lookups.get(key)!
    },
  ],
]

console.log(
  `${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}; ${bindings} bindings, ${rolesOfUser} roles of the user; µs a call, best and median round`,
)
const times = new Map<string, number[]>(cases.map(([name]) => [name, []]))
for (let round = -2; round < rounds; round++) {
  for (const [name, call] of cases) {
    const calls = name.startsWith('after') ? callsPerRound / 100 : callsPerRound
    const started = performance.now()
    for (let i = 0; i < calls; i++) call()
    if (round >= 0) times.get(name)!.push(((performance.now() - started) * 1000) / calls)
  }
}
for (const [name, values] of times) {
  const sorted = values.toSorted((a, b) => a - b)
  console.log(`${name.padEnd(40)} ${sorted[0]!.toFixed(3).padStart(9)} ${sorted[sorted.length >> 1]!.toFixed(3).padStart(9)}`)
}
if (sink < 0) throw new Error('unreachable')
