import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/policy/v1.ts'
import { podDisruptionBudgets, pods as podResource } from '../../api/resources.ts'
import { isConflict } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { formatLabelSelector, selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import type { Component } from '../../component-base/component.ts'
import type { ControllerContext } from '../framework/context.ts'
import { controller, onChange } from '../framework/controller.ts'
import { type Result, done, requeueAfter } from '../framework/result.ts'
import { decide, failSafe, goalOf, needsScale } from './decide.ts'
import { newScales } from './scale.ts'
import { newStaleConditionController } from './stale-condition.ts'

const name = 'disruption-controller'

/** Keeps in the status of PodDisruptionBudgets how many pods the eviction API may let go. */
export function newDisruptionController(context: ControllerContext): Component {
  const { client, informers, clock, events } = context
  const budgets = informers.for(podDisruptionBudgets)
  const pods = informers.for(podResource)
  const scales = newScales(client, informers)

  const budgetsOf = ({ metadata: { namespace, labels = {} } }: Pod) =>
    budgets.lister
      .inNamespace(namespace)
      .filter((budget) => selectorFromObject(budget.spec.selector).matches(labels))
      .map(keyOf)

  const main = controller(name, context, {
    watches: [onChange(budgets, keyOf), onChange(pods, budgetsOf)],
    workers: 1,
    async reconcile(key, signal) {
      const budget = budgets.lister.get(key)
      if (!budget) return done
      try {
        return await bringUpToDate(budget, signal)
      } catch (error) {
        if (signal.aborted || isConflict(error)) throw error
        await write(budget, failSafe(budget, error as Error, clock.now()), signal)
        throw error
      }
    },
  })

  async function bringUpToDate(budget: PodDisruptionBudget, signal: AbortSignal): Promise<Result> {
    const selector = selectorFromObject(budget.spec.selector)
    const selected = pods.lister.inNamespace(budget.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels ?? {}))
    if (selected.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    const goal = goalOf(budget, needsScale(budget) ? await scaleOf(budget, selected) : selected.length)
    const { status, recheckMs, notDeleted } = decide(budget, selected, goal, clock.now())
    for (const pod of notDeleted) {
      const { namespace, name: of } = budget.metadata
      events.event(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${namespace}/${of} to be deleted but it wasn't`)
    }
    await write(budget, status, signal)
    return recheckMs === undefined ? done : requeueAfter(recheckMs)
  }

  async function scaleOf(budget: PodDisruptionBudget, selected: readonly Pod[]): Promise<number> {
    try {
      const { total, unmanaged } = await scales.expected(selected)
      if (unmanaged.length) {
        const selector = formatLabelSelector(budget.spec.selector)
        const message = `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`
        events.event(budget, 'Warning', 'UnmanagedPods', message)
      }
      return total
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${(error as Error).message}`
      events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message)
      throw error
    }
  }

  /** An update, never a patch: what the eviction API has written meanwhile must not be lost. */
  async function write(budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus, signal: AbortSignal): Promise<void> {
    if (semanticEqual(budget.status, status)) return
    await client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status', signal })
  }

  const stale = newStaleConditionController(context)
  return {
    name,
    async run(signal) {
      await Promise.all([main.run(signal), stale.run(signal)])
    },
  }
}
