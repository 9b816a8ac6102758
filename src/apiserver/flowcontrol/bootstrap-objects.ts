// The priority levels and flow schemas that every cluster has. Two of each are mandatory: they exist even when nothing is stored.
// The others are suggestions that an administrator may change.
// Source: k8s.io/apiserver pkg/apis/flowcontrol/bootstrap/default.go.
import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, Subject } from '../../api/flowcontrol/v1.ts'
import type { New } from '../../api/object.ts'

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1'

export const exemptName = 'exempt'
export const catchAllName = 'catch-all'

const level = (name: string, spec: PriorityLevelConfigurationSpec): New<PriorityLevelConfiguration> => ({
  apiVersion,
  kind: 'PriorityLevelConfiguration',
  metadata: { name },
  spec,
})

const queuing = (name: string, nominalConcurrencyShares: number, lendablePercent: number, queues: number, handSize: number) =>
  level(name, {
    type: 'Limited',
    limited: { nominalConcurrencyShares, lendablePercent, limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } } },
  })

export const mandatoryPriorityLevels: readonly New<PriorityLevelConfiguration>[] = [
  level(exemptName, { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level(catchAllName, { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } }),
]

export const suggestedPriorityLevels: readonly New<PriorityLevelConfiguration>[] = [
  queuing('system', 30, 33, 64, 6),
  queuing('node-high', 40, 25, 64, 6),
  queuing('leader-election', 10, 0, 16, 4),
  queuing('workload-high', 40, 50, 128, 6),
  queuing('workload-low', 100, 90, 128, 6),
  queuing('global-default', 20, 50, 128, 6),
]

const group = (name: string): Subject => ({ kind: 'Group', group: { name } })
const user = (name: string): Subject => ({ kind: 'User', user: { name } })
const serviceAccounts = (namespace: string): Subject => ({ kind: 'ServiceAccount', serviceAccount: { namespace, name: '*' } })

const all = ['*']
const everything = {
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, clusterScope: true, namespaces: all }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
}
const anybody = [group('system:unauthenticated'), group('system:authenticated')]
const election = (apiGroups: readonly string[], resources: readonly string[]) => ({ verbs: ['get', 'create', 'update'], apiGroups, resources, namespaces: all })
const leases = election(['coordination.k8s.io'], ['leases'])

interface SchemaShape {
  readonly name: string
  readonly level: string
  readonly precedence: number
  readonly by?: 'ByUser' | 'ByNamespace'
  readonly rules: readonly PolicyRulesWithSubjects[]
}

const schema = ({ name, level: levelName, precedence, by, rules }: SchemaShape): New<FlowSchema> => ({
  apiVersion,
  kind: 'FlowSchema',
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name: levelName },
    matchingPrecedence: precedence,
    ...(by ? { distinguisherMethod: { type: by } } : {}),
    rules,
  },
})

export const mandatoryFlowSchemas: readonly New<FlowSchema>[] = [
  schema({ name: exemptName, level: exemptName, precedence: 1, rules: [{ subjects: [group('system:masters')], ...everything }] }),
  schema({ name: catchAllName, level: catchAllName, precedence: 10_000, by: 'ByUser', rules: [{ subjects: anybody, ...everything }] }),
]

const controlPlane = [user('system:kube-controller-manager'), user('system:kube-scheduler')]

export const suggestedFlowSchemas: readonly New<FlowSchema>[] = [
  schema({
    name: 'probes',
    level: exemptName,
    precedence: 2,
    rules: [{ subjects: anybody, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] }],
  }),
  schema({
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    rules: [{ subjects: [...controlPlane, serviceAccounts('kube-system')], resourceRules: [leases] }],
  }),
  schema({
    name: 'endpoint-controller',
    level: 'workload-high',
    precedence: 150,
    by: 'ByUser',
    rules: [
      {
        subjects: [
          user('system:kube-controller-manager'),
          { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: 'endpoint-controller' } },
        ],
        resourceRules: [election([''], ['endpoints'])],
      },
    ],
  }),
  schema({
    name: 'workload-leader-election',
    level: 'leader-election',
    precedence: 200,
    by: 'ByUser',
    rules: [{ subjects: [group('system:serviceaccounts:kube-system')], resourceRules: [leases] }],
  }),
  schema({
    name: 'system-node-high',
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    rules: [
      {
        subjects: [group('system:nodes')],
        resourceRules: [
          { verbs: all, apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: all },
          { verbs: all, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: all },
        ],
      },
    ],
  }),
  schema({ name: 'system-nodes', level: 'system', precedence: 500, by: 'ByUser', rules: [{ subjects: [group('system:nodes')], ...everything }] }),
  schema({
    name: 'kube-controller-manager',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: [{ subjects: [user('system:kube-controller-manager')], ...everything }],
  }),
  schema({
    name: 'kube-scheduler',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: [{ subjects: [user('system:kube-scheduler')], ...everything }],
  }),
  schema({
    name: 'kube-system-service-accounts',
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    rules: [{ subjects: [serviceAccounts('kube-system')], ...everything }],
  }),
  schema({
    name: 'service-accounts',
    level: 'workload-low',
    precedence: 9000,
    by: 'ByUser',
    rules: [{ subjects: [group('system:serviceaccounts')], ...everything }],
  }),
  schema({ name: 'global-default', level: 'global-default', precedence: 9900, by: 'ByUser', rules: [{ subjects: anybody, ...everything }] }),
]
