// Deployments. Source: pkg/registry/apps/deployment/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { Deployment } from '../../../../api/apps/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { selectorFromObject } from '../../../../apimachinery/labels/from-object.ts'
import { podSpecDefaults } from '../../shared/pod-spec/defaults.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const deploymentStrategy: Strategy<Deployment> = {
  allowUnconditionalUpdate: true,
  defaults({ spec }) {
    if (spec.template?.spec) podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
    spec.strategy ??= {}
    spec.strategy.type ||= 'RollingUpdate'
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
      spec.strategy.rollingUpdate.maxSurge ??= '25%'
    }
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
  },
  prepareForCreate(_, deployment) {
    deployment.status = {}
  },
  prepareForUpdate(_, deployment, old) {
    deployment.status = structuredClone(old.status) as typeof deployment.status & object
  },
  validateUpdate: (_, deployment, old) => validateImmutable('spec.selector', deployment.spec.selector, old.spec.selector),
  scale: {
    replicas: (d) => d.spec.replicas ?? 0,
    statusReplicas: (d) => d.status?.replicas ?? 0,
    selector: (d) => selectorFromObject(d.spec.selector).toString(),
    setReplicas(d, replicas) {
      d.spec.replicas = replicas
    },
  },
}
