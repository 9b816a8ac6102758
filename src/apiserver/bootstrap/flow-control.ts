// The flow schemas and priority levels that every cluster starts with. They are there for clients that read them and for the status
// they carry; this server has no queues of its own.
// Source: k8s.io/apiserver pkg/apis/flowcontrol/bootstrap/default.go, pkg/registry/flowcontrol/rest/storage_flowcontrol.go.
import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration, Subject } from '../../api/flowcontrol/v1.ts'
import type { New } from '../../api/object.ts'
import { flowSchemas, priorityLevelConfigurations, type ResourceType } from '../../api/resources.ts'
import { isAlreadyExists } from '../../apimachinery/api-error.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import { type Clock, formatTime } from '../../util/clock.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1'
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' }
const producer = 'api-priority-and-fairness-config-producer-v1'
const consumer = 'api-priority-and-fairness-config-consumer-v1'

/** name, shares, lendable percent, queues, hand size, queue length. */
const levels = [
  ['system', 30, 33, 64, 6, 50],
  ['node-high', 40, 25, 64, 6, 50],
  ['leader-election', 10, 0, 16, 4, 50],
  ['workload-high', 40, 50, 128, 6, 50],
  ['workload-low', 100, 90, 128, 6, 50],
  ['global-default', 20, 50, 128, 6, 50],
] as const

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

interface Suggested {
  readonly name: string
  readonly level: string
  readonly precedence: number
  readonly by?: 'ByUser' | 'ByNamespace'
  readonly rules: readonly PolicyRulesWithSubjects[]
}

const controlPlane = [user('system:kube-controller-manager'), user('system:kube-scheduler')]

const schemas: readonly Suggested[] = [
  { name: 'exempt', level: 'exempt', precedence: 1, rules: [{ subjects: [group('system:masters')], ...everything }] },
  { name: 'catch-all', level: 'catch-all', precedence: 10_000, by: 'ByUser', rules: [{ subjects: anybody, ...everything }] },
  {
    name: 'probes',
    level: 'exempt',
    precedence: 2,
    rules: [{ subjects: anybody, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] }],
  },
  {
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    rules: [{ subjects: [...controlPlane, serviceAccounts('kube-system')], resourceRules: [leases] }],
  },
  {
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
  },
  {
    name: 'workload-leader-election',
    level: 'leader-election',
    precedence: 200,
    by: 'ByUser',
    rules: [{ subjects: [group('system:serviceaccounts:kube-system')], resourceRules: [leases] }],
  },
  {
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
  },
  { name: 'system-nodes', level: 'system', precedence: 500, by: 'ByUser', rules: [{ subjects: [group('system:nodes')], ...everything }] },
  {
    name: 'kube-controller-manager',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: [{ subjects: [user('system:kube-controller-manager')], ...everything }],
  },
  { name: 'kube-scheduler', level: 'workload-high', precedence: 800, by: 'ByNamespace', rules: [{ subjects: [user('system:kube-scheduler')], ...everything }] },
  {
    name: 'kube-system-service-accounts',
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    rules: [{ subjects: [serviceAccounts('kube-system')], ...everything }],
  },
  { name: 'service-accounts', level: 'workload-low', precedence: 9000, by: 'ByUser', rules: [{ subjects: [group('system:serviceaccounts')], ...everything }] },
  { name: 'global-default', level: 'global-default', precedence: 9900, by: 'ByUser', rules: [{ subjects: anybody, ...everything }] },
]

const levelOf = (name: string, spec: object) => ({ apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name, annotations }, spec })

const levelObjects = [
  levelOf('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  levelOf('catch-all', { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } }),
  ...levels.map(([name, nominalConcurrencyShares, lendablePercent, queues, handSize, queueLengthLimit]) => {
    const limitResponse = { type: 'Queue', queuing: { queues, handSize, queueLengthLimit } }
    return levelOf(name, { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } })
  }),
]

async function create<T extends KubeObject>(client: Client, resource: ResourceType<T>, object: object): Promise<boolean> {
  try {
    await client.create(resource, object as New<T>, { fieldManager: producer })
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}

/** Says that the level a schema refers to exists. */
async function setFound(client: Client, clock: Clock, { name, level }: Suggested): Promise<void> {
  const message = `This FlowSchema references the PriorityLevelConfiguration object named "${level}" and it exists`
  const condition = { type: 'Dangling', status: 'False', lastTransitionTime: formatTime(clock.now()), reason: 'Found', message }
  const patch = { apiVersion, kind: 'FlowSchema', metadata: { name }, status: { conditions: [condition] } }
  await client.patch<FlowSchema>(flowSchemas, { name }, { type: 'apply', patch, force: true }, { fieldManager: consumer, subresource: 'status' })
}

export const flowControlBootstrap = (client: Client, clock: Clock): PostStartHook => ({
  name: 'priority-and-fairness-config-producer',
  async run() {
    for (const level of levelObjects) await create<PriorityLevelConfiguration>(client, priorityLevelConfigurations, level)
    for (const schema of schemas) {
      const { name, level, precedence, by, rules } = schema
      const spec = {
        priorityLevelConfiguration: { name: level },
        matchingPrecedence: precedence,
        ...(by ? { distinguisherMethod: { type: by } } : {}),
        rules,
      }
      const isNew = await create<FlowSchema>(client, flowSchemas, { apiVersion, kind: 'FlowSchema', metadata: { name, annotations }, spec })
      if (isNew) await setFound(client, clock, schema)
    }
  },
})
