// ReplicaSets. Source: pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { ReplicaSet } from '../../../../api/apps/v1.ts'
import { selectorFromObject } from '../../../../apimachinery/labels/from-object.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { podSpecDefaults } from '../../shared/pod-spec/defaults.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  allowUnconditionalUpdate: true,
  defaults({ spec }) {
    if (spec.template?.spec) podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
  },
  prepareForCreate(_, set) {
    set.status = { replicas: 0 }
  },
  prepareForUpdate(_, set, old) {
    set.status = structuredClone(old.status) as typeof set.status & object
  },
  validateUpdate: (_, set, old) => validateImmutable('spec.selector', set.spec.selector, old.spec.selector),
  scale: {
    replicas: (s) => s.spec.replicas ?? 0,
    statusReplicas: (s) => s.status?.replicas ?? 0,
    selector: (s) => selectorFromObject(s.spec.selector).toString(),
    setReplicas(s, replicas) {
      s.spec.replicas = replicas
    },
  },
}
