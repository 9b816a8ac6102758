// Deployments. Source: pkg/registry/apps/deployment/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { Deployment } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { prepareWorkload } from '../../shared/workload/prepare.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { rollbackDefaults } from './rollback.ts'
import { validateDeployment, validateDeploymentStatus } from './validation.ts'
import { ownCopy } from '../../shared/own-copy.ts'

function defaults(deployment: Mutable<Deployment>): void {
  const { spec } = deployment
  rollbackDefaults(deployment)
  podTemplateDefaults(spec.template)
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
}

export const deploymentStrategy: Strategy<Deployment> = {
  empty: { spec: { replicas: 0 } },
  allowUnconditionalUpdate: true,
  defaults,
  ...prepareWorkload,
  validate: (_, deployment) => validateDeployment(deployment),
  validateUpdate: (_, deployment, old) => [
    ...validateDeployment(deployment, old),
    ...validateImmutable('spec.selector', deployment.spec.selector, old.spec.selector),
  ],
  warningsOnCreate: (_, deployment) => [...nameWarnings(deployment), ...templateWarnings(deployment)],
  warningsOnUpdate: (_, deployment, old) => templateWarnings(deployment, old),
  // Tools keep rollout instructions in annotations: changing one is a new generation.
  wanted: (deployment) => [(deployment as Deployment).spec, deployment.metadata.annotations ?? {}],
  subresources: {
    status: {
      resetFields: [['spec'], ['metadata', 'labels']],
      prepareForUpdate(_, deployment, old) {
        deployment.spec = ownCopy(old.spec) as Mutable<Deployment['spec']>
        if (old.metadata.labels) deployment.metadata.labels = { ...old.metadata.labels }
        else delete deployment.metadata.labels
      },
      wanted: () => undefined,
      validateUpdate: (_, deployment, old) => validateDeploymentStatus(deployment, old),
    },
  },
}
