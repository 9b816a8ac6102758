import { expect, test } from 'vitest'
import type { Deployment, DeploymentSpec, ReplicaSet } from '../../api/apps/v1.ts'
import { type Plan, decide } from './decide.ts'
import { findNew, newReplicaSetAnnotations } from './revision.ts'
import { deadlineInMs, statusOf } from './status.ts'

interface Facts {
  template?: string
  replicas?: number
  available?: number
  pods?: number
  desired?: number
  max?: number
  revision?: number
  created?: number
}

interface Wanted {
  replicas?: number
  template?: string
  surge?: number | string
  unavailable?: number | string
  spec?: Partial<DeploymentSpec>
  status?: Deployment['status']
}

const template = (image: string) =>
  ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } }) as unknown as DeploymentSpec['template']

function deployment({ replicas = 10, template: image = 'new', surge = '25%', unavailable = '25%', spec, status }: Wanted): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', resourceVersion: '1', generation: 2, creationTimestamp: '', annotations: { note: 'x' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: template(image),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      progressDeadlineSeconds: 600,
      ...spec,
    },
    ...(status ? { status } : {}),
  }
}

function replicaSet(of: Deployment, name: string, facts: Facts): ReplicaSet {
  const {
    template: image = name,
    replicas = 0,
    available = replicas,
    pods = replicas,
    desired = of.spec.replicas!,
    max,
    revision = name === 'new' ? 2 : 1,
    created = 0,
  } = facts
  const surge = max ?? desired + Math.ceil(desired / 4)
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, created)).toISOString(),
      annotations: {
        note: 'x',
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(surge),
      },
    },
    spec: { replicas, minReadySeconds: 0, selector: {}, template: template(image) },
    status: { replicas: pods, availableReplicas: available, observedGeneration: 1 },
  }
}

function describePlan(plan: Plan): string {
  switch (plan.kind) {
    case 'keep':
      return 'keep'
    case 'create':
      return `create ${plan.replicas}`
    case 'refresh':
      return `refresh ${plan.replicaSet.metadata.name}`
    case 'resize':
      return plan.steps.map(({ replicaSet, replicas }) => `${replicaSet.metadata.name} ${replicaSet.spec.replicas}→${replicas}`).join(', ')
    case 'prune':
      return `prune ${plan.replicaSets.map((rs) => rs.metadata.name).join(' ')}`
  }
}

const complete = { observedGeneration: 2, replicas: 10, updatedReplicas: 10, availableReplicas: 10 }
const recreate: Partial<DeploymentSpec> = { strategy: { type: 'Recreate' } }

const cases: { name: string; wanted?: Wanted; sets: Record<string, Facts>; oldPodsRunning?: boolean; expected: string }[] = [
  { name: 'first rollout: all at once', sets: {}, expected: 'create 10' },
  { name: '10 old, surge 3: the new one starts with 3', sets: { old: { replicas: 10 } }, wanted: { surge: 3 }, expected: 'create 3' },
  { name: 'no surge allowed: the new one starts with 0', sets: { old: { replicas: 10 } }, wanted: { surge: 0, unavailable: 2 }, expected: 'create 0' },
  { name: 'created with 0: 13 - 10 allows 3', sets: { old: { replicas: 10 }, new: {} }, wanted: { surge: 3 }, expected: 'new 0→3' },
  {
    name: 'new pods not ready: 13 in all, 8 needed, 3 of the new not there, so 2 old may go',
    sets: { old: { replicas: 10 }, new: { replicas: 3, available: 0 } },
    wanted: { surge: 3, unavailable: 2 },
    expected: 'old 10→8',
  },
  { name: 'stuck: nothing may go', sets: { old: { replicas: 8 }, new: { replicas: 5, available: 0 } }, wanted: { surge: 3, unavailable: 2 }, expected: 'keep' },
  {
    name: 'new pods ready: as many old ones go',
    sets: { old: { replicas: 8 }, new: { replicas: 5 } },
    wanted: { surge: 3, unavailable: 2 },
    expected: 'old 8→3',
  },
  {
    name: 'unhealthy old pods go first, oldest set first',
    sets: { bad: { replicas: 3, available: 0, created: 1 }, old: { replicas: 7, created: 0 }, new: { replicas: 3 } },
    wanted: { surge: 3, unavailable: 0 },
    expected: 'bad 3→0',
  },
  { name: 'last step', sets: { old: { replicas: 2 }, new: { replicas: 10 } }, expected: 'old 2→0' },
  { name: 'too large a new one shrinks', sets: { new: { replicas: 12, desired: 10 } }, expected: 'new 12→10' },
  { name: 'done', sets: { old: {}, new: { replicas: 10 } }, wanted: { status: complete }, expected: 'keep' },
  {
    name: 'done, no history wanted',
    sets: { old: {}, new: { replicas: 10 } },
    wanted: { status: complete, spec: { revisionHistoryLimit: 0 } },
    expected: 'prune old',
  },
  {
    name: 'done, oldest revisions beyond the limit go',
    sets: { a: { revision: 1 }, b: { revision: 3 }, c: { revision: 2 }, new: { replicas: 10, revision: 4 } },
    wanted: { status: complete, spec: { revisionHistoryLimit: 1 } },
    expected: 'prune a c',
  },
  {
    name: 'old pods still there: not pruned',
    sets: { old: { pods: 1 }, new: { replicas: 10 } },
    wanted: { status: complete, spec: { revisionHistoryLimit: 0 } },
    expected: 'keep',
  },
  {
    name: 'rolled back: the old template becomes the newest revision',
    sets: { old: {}, new: { replicas: 10 } },
    wanted: { template: 'old' },
    expected: 'refresh old',
  },
  // 33 allowed, 13 there: 8 * 33 / 13 = 20.3, 5 * 33 / 13 = 12.7
  {
    name: 'scaled 10 → 30 amid a rollout: shares stay',
    sets: { old: { replicas: 8, desired: 10, max: 13 }, new: { replicas: 5, available: 0, desired: 10, max: 13 } },
    wanted: { replicas: 30, surge: 3, unavailable: 2 },
    expected: 'old 8→20, new 5→13',
  },
  {
    name: 'scaled to 0 amid a rollout',
    sets: { old: { replicas: 8, desired: 10, max: 13 }, new: { replicas: 5, desired: 10, max: 13 } },
    wanted: { replicas: 0 },
    expected: 'old 8→0, new 5→0',
  },
  { name: 'scaled with one active', sets: { old: {}, new: { replicas: 10, desired: 10 } }, wanted: { replicas: 4 }, expected: 'new 10→4' },
  { name: 'paused: no rollout', sets: { old: { replicas: 10 } }, wanted: { spec: { paused: true } }, expected: 'keep' },
  { name: 'paused: scaling works', sets: { old: { replicas: 10, desired: 10 } }, wanted: { replicas: 3, spec: { paused: true } }, expected: 'old 10→3' },
  { name: 'Recreate: old ones go first', sets: { old: { replicas: 10 } }, wanted: { spec: recreate }, expected: 'old 10→0' },
  { name: 'Recreate: wait for the last old pod', sets: { old: {} }, oldPodsRunning: true, wanted: { spec: recreate }, expected: 'keep' },
  { name: 'Recreate: then all new', sets: { old: {} }, wanted: { spec: recreate }, expected: 'create 10' },
]

for (const { name, wanted = {}, sets, oldPodsRunning = false, expected } of cases) {
  test(name, () => {
    const d = deployment(wanted)
    const replicaSets = Object.entries(sets).map(([rs, facts]) => replicaSet(d, rs, facts))
    expect(describePlan(decide({ deployment: d, replicaSets, oldPodsRunning }))).toBe(expected)
  })
}

test('a set with the same template is recognised whatever its hash; of two the older', () => {
  const d = deployment({})
  const labelled = (name: string, created: number) => {
    const rs = replicaSet(d, name, { template: 'new', created })
    return {
      ...rs,
      spec: { ...rs.spec, template: { ...rs.spec.template!, metadata: { creationTimestamp: null, labels: { app: 'web', 'pod-template-hash': name } } } },
    } as unknown as ReplicaSet
  }
  expect(findNew(d, [labelled('younger', 5), labelled('older', 1)])?.metadata.name).toBe('older')
})

test('a set that is returned to keeps the history of its revisions', () => {
  const d = deployment({ template: 'a' })
  const annotations = newReplicaSetAnnotations(d, replicaSet(d, 'a', { revision: 1 }), [replicaSet(d, 'b', { revision: 4 })])
  expect([annotations['deployment.kubernetes.io/revision'], annotations['deployment.kubernetes.io/revision-history']]).toEqual(['5', '1'])
})

const nowMs = Date.UTC(2026, 0, 1, 12)
const minutesAgo = (minutes: number) => new Date(nowMs - minutes * 60_000).toISOString()
const progressing = (reason: string, minutes: number, status = 'True') => ({
  type: 'Progressing',
  status,
  reason,
  lastUpdateTime: minutesAgo(minutes),
  lastTransitionTime: minutesAgo(minutes),
})

for (const { name, conditions, before, sets, expected } of [
  {
    name: 'more available pods: progress',
    conditions: [progressing('NewReplicaSetCreated', 9)],
    before: { updatedReplicas: 5, availableReplicas: 8 },
    sets: { old: { replicas: 8 }, new: { replicas: 5, available: 1 } },
    expected: 'True ReplicaSetUpdated',
  },
  {
    name: 'nothing for 11 minutes: timed out',
    conditions: [progressing('ReplicaSetUpdated', 11)],
    before: { replicas: 13, updatedReplicas: 5, availableReplicas: 8 },
    sets: { old: { replicas: 8 }, new: { replicas: 5, available: 0 } },
    expected: 'False ProgressDeadlineExceeded',
  },
  {
    name: 'nothing for 9 minutes: not yet',
    conditions: [progressing('ReplicaSetUpdated', 9)],
    before: { replicas: 13, updatedReplicas: 5, availableReplicas: 8 },
    sets: { old: { replicas: 8 }, new: { replicas: 5, available: 0 } },
    expected: 'True ReplicaSetUpdated',
  },
  {
    name: 'all new and available: complete',
    conditions: [progressing('ReplicaSetUpdated', 1)],
    before: {},
    sets: { new: { replicas: 10 } },
    expected: 'True NewReplicaSetAvailable',
  },
  {
    name: 'complete, then a pod is lost: stays complete',
    conditions: [progressing('NewReplicaSetAvailable', 90)],
    before: complete,
    sets: { new: { replicas: 10, available: 9 } },
    expected: 'True NewReplicaSetAvailable',
  },
]) {
  test(name, () => {
    const d = deployment({ surge: 3, unavailable: 2, status: { ...before, conditions } })
    const replicaSets = Object.entries(sets).map(([rs, facts]) => replicaSet(d, rs, facts))
    const status = statusOf({ deployment: d, replicaSets, current: findNew(d, replicaSets), nowMs })
    const condition = status.conditions?.find((c) => c.type === 'Progressing')
    expect(`${condition?.status} ${condition?.reason}`).toBe(expected)
  })
}

test('the deadline is looked at a second after it has passed', () => {
  const d = deployment({})
  expect(deadlineInMs(d, { conditions: [progressing('ReplicaSetUpdated', 9)] }, nowMs)).toBe(61_000)
  expect(deadlineInMs(d, { ...complete, conditions: [progressing('NewReplicaSetAvailable', 9)] }, nowMs)).toBeUndefined()
})

test('availability counts against wanted less unavailable', () => {
  const d = deployment({ surge: 3, unavailable: 2 })
  const available = (count: number) =>
    statusOf({ deployment: d, replicaSets: [replicaSet(d, 'new', { replicas: 10, available: count })], current: undefined, nowMs }).conditions?.[0]
  expect([available(8)?.status, available(7)?.reason]).toEqual(['True', 'MinimumReplicasUnavailable'])
})
