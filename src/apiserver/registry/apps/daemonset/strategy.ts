// DaemonSets. Source: pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { DaemonSet } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { dropDisabledFromTemplate } from '../../shared/workload/drop-disabled-template.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { setTemplateGeneration, templateGeneration } from './template-generation.ts'
import { validateDaemonSet, validateDaemonSetStatus } from './validation.ts'
import { ownCopy } from '../../shared/own-copy.ts'

function defaults(set: Mutable<DaemonSet>): void {
  const { spec } = set
  podTemplateDefaults(spec.template)
  setTemplateGeneration(set, templateGeneration(set))
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
}

export const daemonSetStrategy: Strategy<DaemonSet> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  defaults,
  prepareForCreate(_, set) {
    clearStatus(set)
    dropDisabledFromTemplate(set.spec.template)
    const generation = templateGeneration(set)
    setTemplateGeneration(set, generation < 1n ? 1n : generation)
  },
  prepareForUpdate(_, set, old) {
    keepStatus(set, old)
    dropDisabledFromTemplate(set.spec.template, old.spec.template)
    const changed = !sameMeaning('PodTemplateSpec', set.spec.template, old.spec.template)
    setTemplateGeneration(set, templateGeneration(old) + (changed ? 1n : 0n))
  },
  validate: (_, set) => validateDaemonSet(set),
  warningsOnCreate: (_, set) => templateWarnings(set),
  warningsOnUpdate: (_, set, old) => templateWarnings(set, old),
  validateUpdate: (_, set, old) => [
    // As a whole and as an update: upstream lists each error of the spec twice.
    ...validateDaemonSet(set, old),
    ...validateDaemonSet(set, old),
    ...validateImmutable('spec.selector', set.spec.selector, old.spec.selector),
  ],
  subresources: {
    status: {
      validateUpdate: (_, set, old) => validateDaemonSetStatus(set, old),
      prepareForUpdate(_, set, old) {
        set.spec = ownCopy(old.spec) as Mutable<DaemonSet['spec']>
        setTemplateGeneration(set, templateGeneration(old))
      },
    },
  },
}
